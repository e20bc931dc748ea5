/**
 * `key`: a subject's key is wrapped by its inbox's, that by its tenant's, that by the master key; without its
 * parent none can be used. `erased`: keys that are gone, until what was under them is gone too. `doomed`: files
 * to remove; while one is being written it is `pending`, so that a crash leaves none behind.
 */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS key (
    id TEXT PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    parent TEXT NOT NULL,
    wrapped BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS key_by_parent ON key (parent);
  CREATE TABLE IF NOT EXISTS erased (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS blob (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    size INTEGER NOT NULL,
    secret BLOB,
    file TEXT,
    content BLOB
  ) STRICT;
  CREATE INDEX IF NOT EXISTS blob_by_key ON blob (key);
  CREATE TABLE IF NOT EXISTS doomed (file TEXT PRIMARY KEY, pending INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS record (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    expires INTEGER,
    value BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS record_by_expiry ON record (expires) WHERE expires IS NOT NULL;
  UPDATE doomed SET pending = 0 WHERE pending
`;

export type VaultRequest =
  | readonly ['put-meta', name: string, value: Uint8Array]
  | readonly ['add-key', key: NewKey]
  | readonly ['erase-key', path: string]
  | readonly ['begin-file', file: string]
  | readonly ['put-row', key: string, secret: Uint8Array, content: Uint8Array]
  | readonly ['put-file', blob: BlobRow]
  | readonly ['delete-blob', id: string]
  | readonly ['put-record', record: RecordRow, expected: 'absent' | number | null, now: number]
  | readonly ['delete-record', name: string]
  | readonly ['sweep', now: number]
  | readonly ['abandon-file', file: string]
  | readonly ['removed-files', files: readonly string[]];

/** Whether it was done, where that is a question; the id of a row; a sweep's finds. */
export type VaultAnswer = boolean | string | Swept;

/** To be wrapped by the key `over` it, which is that of its `parent`. */
export type NewKey = Readonly<{
  id: string;
  path: string;
  parent: string;
  secret: Uint8Array;
  over: Uint8Array;
}>;

/** Sealed by the key of its owner is what there is in the row: the content, or the secret of the file. */
export type BlobRow = Readonly<{
  id: string;
  key: string;
  size: number;
  secret: Uint8Array | null;
  file: string | null;
  content: Uint8Array | null;
}>;

export type RecordRow = Readonly<{ name: string; expires: number | null; value: Uint8Array }>;

/** Files that nothing refers to any more, and whether there may be more. */
export type Swept = Readonly<{ files: readonly string[]; more: boolean }>;
