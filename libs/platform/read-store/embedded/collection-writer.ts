import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { column, createIndexes, createTables, type AnyQuery } from './schema.js';
import { Owners } from './owners.js';
import { layoutOf, WRITTEN, type RowWrite, type WriteOrder } from './rows.js';

/** 8 MiB: then they are moved to the database, and the WAL is overwritten from its beginning. */
const WAL_PAGES = 2_048;
const WRITES_BETWEEN_LOOKS = 64;
/** Tombstones are kept so long: a runner that is further behind than this starts anew. */
const TOMBSTONE_MS = 7 * 24 * 60 * 60 * 1_000;

/** `indexed`: a twin that is being filled gets its indexes only when it is done. `now`: Unix ms. */
export type Opening = Readonly<{ queries: readonly AnyQuery[]; indexed: boolean; now: number }>;

/** The one connection that writes the file of a view, in whichever thread it lives. */
export class CollectionWriter {
  private readonly db: DatabaseSync;
  private readonly statements: Readonly<Record<RowWrite['as'], StatementSync>>;
  private readonly begin: StatementSync;
  private readonly commit: StatementSync;
  private readonly dropTerms: StatementSync;
  private readonly addTerm: StatementSync;
  private readonly setMeta: StatementSync;
  private readonly advance: StatementSync;
  private readonly walPages: StatementSync;
  private readonly owners: Owners;
  private writes = 0;

  constructor(file: string, { queries, indexed, now }: Opening) {
    const db = (this.db = new DatabaseSync(file, { timeout: 5_000 }));
    // The log is the truth: after a crash of the machine a view may be a little older, never torn.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
    // What a document said before it was erased is not to be found in the file either.
    db.exec('PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON');
    createTables(db, queries);
    if (indexed) createIndexes(db, queries);
    db.prepare('DELETE FROM documents WHERE gone < ?').run(now - TOMBSTONE_MS);
    this.owners = new Owners(db);
    const names = ['tenant', 'inbox', ...WRITTEN, ...layoutOf(queries).fields.map(column)];
    this.statements = {
      new: db.prepare(`INSERT INTO documents (${[...names, 'key'].join(', ')})
        VALUES (${[...names, 'key'].map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`),
      changed: db.prepare(`UPDATE documents SET ${names.map((name) => `${name} = ?`).join(', ')}
        WHERE key = ? AND position = ? AND ahead_revision IS ?`),
      'in-place': db.prepare(`UPDATE documents SET position = ?, body = ?
        WHERE key = ? AND position = ? AND ahead_revision IS ?`),
    };
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.walPages = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.commit = db.prepare('COMMIT');
    this.dropTerms = db.prepare('DELETE FROM terms WHERE key = ? AND field = ?');
    this.addTerm = db.prepare('INSERT OR IGNORE INTO terms VALUES (?, ?, ?)');
    this.setMeta = db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
    // Of two runners the slower one does not take the faster one back.
    this.advance = db.prepare(`INSERT INTO meta VALUES ('checkpoint', ?1)
      ON CONFLICT (name) DO UPDATE SET value = ?1 WHERE value < ?1`);
  }

  /** False, and nothing is written, if a document is no longer what was loaded. */
  write({ rows, checkpoint, tenantLevel }: WriteOrder): boolean {
    this.begin.run();
    try {
      for (const row of rows)
        if (!this.set(row)) {
          this.rollBack();
          return false;
        }
      if (tenantLevel) this.setMeta.run('hasTenantLevel', 1);
      if (checkpoint !== null) this.advance.run(checkpoint);
      this.commit.run();
    } catch (error) {
      if (this.db.isTransaction) this.rollBack();
      throw error;
    }
    this.writes += 1;
    if (this.writes % WRITES_BETWEEN_LOOKS === 0 && Number(this.walPages.get()?.['log']) >= WAL_PAGES)
      this.moveWal('PASSIVE');
    return true;
  }

  /** Of a twin that is done. */
  index(queries: readonly AnyQuery[]): void {
    createIndexes(this.db, queries);
    this.moveWal('TRUNCATE');
  }

  close(): void {
    this.db.close();
  }

  private set({ key, as, owner, values, loaded, terms }: RowWrite): boolean {
    const numbers = owner.map((name) => this.owners.numberFor(name));
    if (this.statements[as].run(...numbers, ...values, key, ...loaded).changes !== 1) return false;
    for (const { field, isNew, values: found } of terms) {
      if (!isNew) this.dropTerms.run(key, field);
      for (const value of found) this.addTerm.run(field, value, key);
    }
    return true;
  }

  private rollBack(): void {
    this.db.exec('ROLLBACK');
    this.owners.forget();
  }

  /** Into the database. A disk that is full leaves it where it is, for another time. */
  private moveWal(how: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.db.exec(`PRAGMA wal_checkpoint(${how})`);
    } catch {
      return;
    }
  }
}
