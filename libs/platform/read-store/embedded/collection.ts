import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Scope } from '#kernel/context';
import { WrongExpectedRevision } from '#kernel/errors';
import type { Position } from '#kernel/event-store';
import type { Change, Page, PageRequest, Stored } from '../read-store.js';
import {
  conditions,
  decodeCursor,
  encodeCursor,
  orderBy,
  orderOf,
  ownedBy,
  past,
  sqlValue,
  type SqlValue,
} from './find.js';
import { column, createIndexes, createTables, fieldOf, fieldsOf, type AnyQuery } from './schema.js';

const COUNTED = 10_001;
const LOADED_AT_ONCE = 500;
/** Tombstones are kept so long: a runner that is further behind than this starts anew. */
const TOMBSTONE_MS = 7 * 24 * 60 * 60 * 1_000;

/** What a document is written to, before the columns of its fields. */
const WRITTEN = ['tenant', 'inbox', 'position', 'ahead_stream', 'ahead_revision', 'broken', 'gone', 'body'];
/** What a document is read from; the columns of its fields are for queries. */
const STORED = 'key, tenant, inbox, position, ahead_stream, ahead_revision, broken, body';

/** Documents, and characters of each, that are kept as they were read. */
const RECENT = 200;
const RECENT_LARGEST = 8_192;

type Row = Readonly<Record<string, SqlValue>>;

/** One view in a file of its own: it is written, rebuilt and dropped without regard to any other. */
export class Collection {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private readonly fields: readonly string[];
  private readonly sorted: ReadonlySet<string>;
  private readonly insert: string;
  private readonly update: string;
  /** Of one that stays where it is in every index. */
  private readonly updateInPlace: string;
  /** Of what is asked for again and again: addresses, credentials. Nobody else writes this file. */
  private readonly recent = new Map<string, Stored>();
  private readonly arrays: ReadonlySet<string>;
  private hasTenantLevel = false;

  /** `indexed`: a twin that is being filled gets its indexes only when it is done. */
  constructor(
    readonly file: string,
    queries: readonly AnyQuery[],
    indexed: boolean,
  ) {
    this.db = new DatabaseSync(file, { timeout: 5_000 });
    // The log is the truth: after a crash of the machine a view may be a little older, never torn.
    this.db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
    this.db.exec('PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY');
    createTables(this.db, queries);
    if (indexed) createIndexes(this.db, queries);
    this.fields = fieldsOf(queries);
    const names = [...WRITTEN, ...this.fields.map(column)];
    this.insert = `INSERT INTO documents (${[...names, 'key'].join(', ')})
      VALUES (${[...names, 'key'].map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`;
    this.update = `UPDATE documents SET ${names.map((name) => `${name} = ?`).join(', ')}
      WHERE key = ? AND position = ? AND ahead_revision IS ?`;
    this.updateInPlace = `UPDATE documents SET position = ?, body = ?
      WHERE key = ? AND position = ? AND ahead_revision IS NULL`;
    this.sorted = new Set(queries.flatMap(({ sort }) => sort.map(fieldOf)));
    this.arrays = new Set(queries.flatMap(({ contains = [] }) => contains));
    this.recall();
  }

  load(key: string): Stored | undefined {
    const known = this.recent.get(key);
    if (known) return known;
    const row = this.prepared(`SELECT ${STORED} FROM documents WHERE key = ?`).get(key) as Row | undefined;
    const stored = row && storedOf(row);
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
      for (const row of this.prepared(sql).iterate(some)) found.set(String(row['key']), storedOf(row as Row));
    }
    return found;
  }

  write(changes: ReadonlyMap<string, Change>, checkpoint: Position | undefined, now: number): void {
    for (const key of changes.keys()) this.recent.delete(key);
    this.prepared('BEGIN IMMEDIATE').run();
    try {
      for (const [key, change] of changes) this.set(key, change, now);
      // Of two runners the slower one does not take the faster one back.
      if (checkpoint !== undefined && checkpoint > (this.checkpoint() ?? -1n))
        this.setMeta('checkpoint', Number(checkpoint));
      this.prepared('COMMIT').run();
    } catch (error) {
      this.db.exec('ROLLBACK');
      this.recall();
      throw error;
    }
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
    const where = conditions(scope, query, page, this.hasTenantLevel);
    const order = orderOf(query, reverse);
    const from = cursor ? past(order, decodeCursor(cursor, order.length)) : { text: 'TRUE', values: [] };
    const rows = this.prepared(
      `SELECT * FROM documents WHERE ${where.text} AND ${from.text} ORDER BY ${orderBy(order)} LIMIT ? OFFSET ?`,
    ).all(...where.values, ...from.values, limit + 1, cursor ? 0 : position) as Row[];
    const results = rows.slice(0, limit);
    const last = results.at(-1);
    const rowOf = (row: Row) => order.map(({ by }) => row[by.replaceAll('"', '')] ?? null);
    return {
      results: results.map((row) => ({ ...storedOf(row), key: String(row['key']) })),
      total: this.count(where.text, where.values),
      broken: this.countBroken(scope),
      nextCursor: rows.length > limit && last ? encodeCursor(rowOf(last)) : null,
    };
  }

  sweep(now: number): void {
    this.prepared('DELETE FROM documents WHERE gone < ?').run(now - TOMBSTONE_MS);
  }

  close(): void {
    this.db.close();
  }

  private set(key: string, { loaded, next }: Change, now: number): void {
    const document = next.document as Readonly<Record<string, unknown>> | null;
    this.note(next);
    const [position, body] = [Number(next.position), document && JSON.stringify(document)];
    if (loaded && this.staysInPlace(loaded, next)) {
      const written = this.prepared(this.updateInPlace).run(position, body, key, Number(loaded.position));
      if (written.changes !== 1) throw new WrongExpectedRevision();
      return;
    }
    const values: readonly SqlValue[] = [
      next.tenantId,
      next.inboxId ?? '',
      position,
      next.ahead?.stream ?? null,
      next.ahead ? Number(next.ahead.revision) : null,
      next.broken ? 1 : 0,
      document ? null : now,
      body,
      ...this.fields.map((field) => this.columnValue(field, document?.[field])),
    ];
    const written = loaded
      ? this.prepared(this.update).run(
          ...values,
          key,
          Number(loaded.position),
          loaded.ahead ? Number(loaded.ahead.revision) : null,
        )
      : this.prepared(this.insert).run(...values, key);
    if (written.changes !== 1) throw new WrongExpectedRevision();
    for (const field of this.arrays) this.setTerms(key, field, loaded?.document, document);
  }

  /** Whether nothing but the document itself changes: no owner, no state, no field that a query goes by. */
  private staysInPlace(loaded: Stored, next: Stored): boolean {
    const [before, after] = [loaded.document, next.document] as readonly (Readonly<
      Record<string, unknown>
    > | null)[];
    if (!before || !after || loaded.ahead || next.ahead || loaded.broken || next.broken) return false;
    if (loaded.tenantId !== next.tenantId || loaded.inboxId !== next.inboxId) return false;
    return [...this.fields, ...this.arrays].every((field) => before[field] === after[field]);
  }

  private setTerms(
    key: string,
    field: string,
    before: object | null | undefined,
    after: object | null,
  ): void {
    const valuesIn = (document: object | null | undefined) =>
      (document as Readonly<Record<string, readonly unknown[] | undefined>> | null)?.[field] ?? [];
    if (valuesIn(before).length > 0)
      this.prepared('DELETE FROM terms WHERE key = ? AND field = ?').run(key, field);
    for (const value of valuesIn(after))
      this.prepared('INSERT OR IGNORE INTO terms VALUES (?, ?, ?)').run(field, sqlValue(value), key);
  }

  /** Learns, once, that there are documents of the whole tenant. */
  private note({ inboxId }: Stored): void {
    if (inboxId || this.hasTenantLevel) return;
    this.hasTenantLevel = true;
    this.setMeta('hasTenantLevel', 1);
  }

  private recall(): void {
    this.hasTenantLevel = this.meta('hasTenantLevel') === 1;
  }

  private columnValue(field: string, value: unknown): SqlValue {
    return sqlValue(value) ?? (this.sorted.has(field) ? '' : null);
  }

  private count(where: string, values: readonly SqlValue[]): number {
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM documents WHERE ${where} LIMIT ${COUNTED})`;
    return Number(this.prepared(sql).get(...values)?.['n']);
  }

  private countBroken(scope: Scope | 'everyone'): number {
    const { text, values } = ownedBy(scope, true);
    const sql = `SELECT count(*) AS n FROM documents WHERE broken = 1 AND ${text}`;
    return Number(this.prepared(sql).get(...values)?.['n']);
  }

  private meta(name: string): SqlValue | undefined {
    return this.prepared('SELECT value FROM meta WHERE name = ?').get(name)?.['value'] as
      SqlValue | undefined;
  }

  private setMeta(name: string, value: SqlValue): void {
    this.prepared('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value);
  }

  private prepared(sql: string): StatementSync {
    const statement = this.statements.get(sql) ?? this.db.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

const storedOf = (row: Row): Stored => ({
  tenantId: String(row['tenant']),
  inboxId: row['inbox'] ? String(row['inbox']) : undefined,
  position: BigInt(Number(row['position'])) as Position,
  document: row['body'] ? (JSON.parse(String(row['body'])) as object) : null,
  ...(row['broken'] === 1 && { broken: true as const }),
  ...(row['ahead_stream'] && {
    ahead: { stream: String(row['ahead_stream']), revision: BigInt(Number(row['ahead_revision'])) },
  }),
});
