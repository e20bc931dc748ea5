import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { unavailable } from '#kernel/errors';
import { isSqliteError } from '#platform/sqlite/errors';
import type { BlobRow } from './schema.js';

export type KeyRow = Readonly<{ id: string; path: string; parent: string; wrapped: Uint8Array }>;
export type StoredRow = Readonly<{ version: number; expires: number | null; value: Uint8Array }>;

/** The reading half of `vault.db`, on a connection of its own: it sees what is committed, and so synced. */
export class VaultReader {
  private readonly db: DatabaseSync;
  readonly meta: (name: string) => Readonly<{ value: Uint8Array }> | undefined;
  readonly keyAt: (path: string) => KeyRow | undefined;
  readonly key: (id: string) => KeyRow | undefined;
  readonly blob: (id: string) => BlobRow | undefined;
  readonly record: (name: string) => StoredRow | undefined;
  readonly names: (from: string, to: string, now: number) => readonly Readonly<{ name: string }>[];

  constructor(path: string) {
    this.db = new DatabaseSync(path, { readOnly: true });
    this.meta = this.one('SELECT value FROM meta WHERE name = ?');
    this.keyAt = this.one('SELECT id, path, parent, wrapped FROM key WHERE path = ?');
    this.key = this.one('SELECT id, path, parent, wrapped FROM key WHERE id = ?');
    this.blob = this.one('SELECT id, key, size, secret, file, content FROM blob WHERE id = ?');
    this.record = this.one('SELECT version, expires, value FROM record WHERE name = ?');
    const names = this.db.prepare(`SELECT name FROM record
      WHERE name >= ? AND name < ? AND (expires IS NULL OR expires > ?) ORDER BY name`);
    this.names = (...values) => reading(() => names.all(...values) as { name: string }[]);
  }

  close() {
    this.db.close();
  }

  private one<Row>(sql: string) {
    const statement = this.db.prepare(sql);
    return (value: SQLInputValue) => reading(() => statement.get(value) as Row | undefined);
  }
}

const reading = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!isSqliteError(error) && !isClosed(error)) throw error;
    throw unavailable('store-unavailable', 'The vault cannot be read just now');
  }
};

/** What `node:sqlite` throws for a statement whose database was closed. */
const isClosed = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_INVALID_STATE';
