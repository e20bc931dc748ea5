import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Scope } from '#kernel/context';
import type { Position } from '#kernel/event-store';
import type { Change, Page, PageRequest, Stored } from '../read-store.js';
import { conditions, decodeCursor, encodeCursor, ownedBy, past, type SqlValue } from './find.js';
import { Owners } from './owners.js';
import { layoutOf, rowWrite, STORED, storedOf, type Layout, type Row, type WriteOrder } from './rows.js';
import { orderBy, orderOf, type AnyQuery } from './schema.js';

const COUNTED = 10_001;
const LOADED_AT_ONCE = 500;

/** Documents, and characters of each, that are kept as they were read. */
const RECENT = 200;
const RECENT_LARGEST = 8_192;

/** One view in a file of its own, as it is read; it is written, rebuilt and dropped without regard to any other. */
export class Collection {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private readonly layout: Layout;
  private readonly owners: Owners;
  /** Of what is asked for again and again: addresses, credentials. */
  private readonly recent = new Map<string, Stored>();
  private readonly counts = new Map<string, number>();
  private hasTenantLevel = false;

  /** Of a file that is there already. */
  constructor(
    readonly file: string,
    queries: readonly AnyQuery[],
  ) {
    this.db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    this.db.exec('PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY');
    this.layout = layoutOf(queries);
    this.owners = new Owners(this.db);
    this.hasTenantLevel = this.meta('hasTenantLevel') === 1;
  }

  load(key: string): Stored | undefined {
    const known = this.recent.get(key);
    if (known) return known;
    const row = this.prepared(`SELECT ${STORED} FROM documents WHERE key = ?`).get(key) as Row | undefined;
    const stored = row && storedOf(row, this.owners);
    if (stored && String(row['body']).length <= RECENT_LARGEST) {
      if (this.recent.size >= RECENT) this.recent.clear();
      this.recent.set(key, stored);
    }
    return stored;
  }

  loadAll(keys: readonly string[]): ReadonlyMap<string, Stored> {
    const found = new Map<string, Stored>();
    for (let at = 0; at < keys.length; at += LOADED_AT_ONCE) {
      const some = JSON.stringify(keys.slice(at, at + LOADED_AT_ONCE));
      const sql = `SELECT ${STORED} FROM documents WHERE key IN (SELECT value FROM json_each(?))`;
      for (const row of this.prepared(sql).iterate(some))
        found.set(String(row['key']), storedOf(row as Row, this.owners));
    }
    return found;
  }

  /** What is to be written of these changes. */
  order(changes: ReadonlyMap<string, Change>, checkpoint: Position | undefined, now: number): WriteOrder {
    return {
      rows: [...changes].map(([key, change]) => rowWrite(this.layout, key, change, now)),
      checkpoint: checkpoint === undefined ? null : Number(checkpoint),
      tenantLevel: !this.hasTenantLevel && [...changes.values()].some(({ next }) => !next.inboxId),
    };
  }

  /** Whatever became of the order: these are read anew, which until now may have been read as they were. */
  settled(changes: ReadonlyMap<string, Change>, hasTenantLevel: boolean): void {
    for (const key of changes.keys()) this.recent.delete(key);
    if (changes.size > 0) this.counts.clear();
    this.hasTenantLevel ||= hasTenantLevel;
  }

  checkpoint(): Position | undefined {
    const at = this.meta('checkpoint');
    return at === undefined ? undefined : (BigInt(Number(at)) as Position);
  }

  find(
    scope: Scope | 'everyone',
    query: AnyQuery,
    page: PageRequest,
  ): Page<Stored & { readonly key: string }> {
    const { position = 0, limit = 50, cursor, reverse } = page;
    const where = conditions(scope, query, page, this.hasTenantLevel, this.owners);
    const order = orderOf(query, reverse);
    const from = cursor ? past(order, decodeCursor(cursor, order.length)) : { text: 'TRUE', values: [] };
    const rows = this.prepared(
      // First which rows, then what is in them: a page far down passes thousands of others.
      `SELECT * FROM documents WHERE rowid IN (
         SELECT rowid FROM documents WHERE ${where.text} AND ${from.text}
         ORDER BY ${orderBy(order)} LIMIT ? OFFSET ?
       ) ORDER BY ${orderBy(order)}`,
    ).all(...where.values, ...from.values, limit + 1, cursor ? 0 : position) as Row[];
    const results = rows.slice(0, limit);
    const last = results.at(-1);
    const rowOf = (row: Row) => order.map(({ by }) => row[by.replaceAll('"', '')] ?? null);
    return {
      results: results.map((row) => ({ ...storedOf(row, this.owners), key: String(row['key']) })),
      total: this.count(where.text, where.values),
      broken: this.countBroken(scope),
      nextCursor: rows.length > limit && last ? encodeCursor(rowOf(last)) : null,
    };
  }

  close(): void {
    this.db.close();
  }

  /** Page after page of a list asks for the same one. */
  private count(where: string, values: readonly SqlValue[]): number {
    const asked = JSON.stringify([where, values]);
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM documents WHERE ${where} LIMIT ${COUNTED})`;
    const counted = this.counts.get(asked) ?? Number(this.prepared(sql).get(...values)?.['n']);
    if (this.counts.size >= RECENT) this.counts.clear();
    this.counts.set(asked, counted);
    return counted;
  }

  private countBroken(scope: Scope | 'everyone'): number {
    const { text, values } = ownedBy(scope, true, this.owners);
    const sql = `SELECT count(*) AS n FROM documents WHERE broken = 1 AND ${text}`;
    return Number(this.prepared(sql).get(...values)?.['n']);
  }

  private meta(name: string): SqlValue | undefined {
    return this.prepared('SELECT value FROM meta WHERE name = ?').get(name)?.['value'] as
      SqlValue | undefined;
  }

  private prepared(sql: string): StatementSync {
    const statement = this.statements.get(sql) ?? this.db.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}
