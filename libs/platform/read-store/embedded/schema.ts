import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Query } from '#kernel/projection';

export type AnyQuery = Query<Record<string, unknown>>;

/**
 * `tenant`, `inbox`: numbers of `owners`; `ahead`: saved by the command side up to a revision; `gone`: when it became a
 * tombstone, Unix ms.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS documents (
  key TEXT PRIMARY KEY, tenant INTEGER NOT NULL, inbox INTEGER NOT NULL, position INTEGER NOT NULL,
  ahead_stream TEXT, ahead_revision INTEGER, broken INTEGER NOT NULL DEFAULT 0, gone INTEGER, body TEXT
);
CREATE TABLE IF NOT EXISTS terms (
  field TEXT, value, key TEXT, PRIMARY KEY (field, value, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owners (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS terms_key ON terms (key);
CREATE INDEX IF NOT EXISTS documents_broken ON documents (tenant) WHERE broken = 1;
CREATE INDEX IF NOT EXISTS documents_gone ON documents (gone) WHERE gone IS NOT NULL;
`;

export const column = (field: string): string => `"f_${field}"`;
export const fieldOf = (term: string): string => term.replace(/^-/, '');

/** The fields that are kept in columns of their own: those that a query narrows or sorts by. */
export const fieldsOf = (queries: readonly AnyQuery[]): readonly string[] => [
  ...new Set(queries.flatMap(({ filter = [], sort }) => [...filter, ...sort.map(fieldOf)])),
];

export type Order = readonly Readonly<{ by: string; descends: boolean }>[];

/** Ties go by key, in the direction of the last field, so that one index serves both ways. */
export const orderOf = ({ sort }: AnyQuery, reverse = false): Order => {
  const fields = sort.map((term) => ({
    by: column(fieldOf(term)),
    descends: term.startsWith('-') !== reverse,
  }));
  return [...fields, { by: 'key', descends: fields.at(-1)?.descends ?? false }];
};

export const orderBy = (order: Order): string =>
  order.map(({ by, descends }) => (descends ? `${by} DESC` : by)).join(', ');

/** What the tables are like; a file of another layout is emptied, and its view built from the log like a new one. */
const LAYOUT = 2;

/** Tables and columns; a column that a later program declares is filled from what is there. */
export const createTables = (db: DatabaseSync, queries: readonly AnyQuery[]): void => {
  if (db.prepare('PRAGMA user_version').get()?.['user_version'] !== LAYOUT)
    db.exec(`BEGIN IMMEDIATE; DROP TABLE IF EXISTS documents; DROP TABLE IF EXISTS terms;
      DROP TABLE IF EXISTS meta; PRAGMA user_version = ${LAYOUT}; COMMIT`);
  db.exec(TABLES);
  const present = new Set(
    db
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all('documents')
      .map(({ name }) => `"${String(name)}"`),
  );
  for (const field of fieldsOf(queries)) {
    if (present.has(column(field))) continue;
    db.exec(`ALTER TABLE documents ADD COLUMN ${column(field)}`);
    db.prepare(`UPDATE documents SET ${column(field)} = json_extract(body, ?)`).run(`$."${field}"`);
  }
};

/**
 * What lists show and count: an index on it answers a count by itself. It names no column that every write sets, for
 * SQLite writes an index anew whenever a column of it or of its condition is set, to whatever value.
 */
export const LISTED = 'gone IS NULL AND broken = 0';

/**
 * One index for a query as it is, and one for each field that it may be narrowed by, in the order of a page to its last
 * term: what a page far down passes is passed in the index. Those that no query asks for any more are dropped.
 */
export const createIndexes = (db: DatabaseSync, queries: readonly AnyQuery[]): void => {
  const wanted = new Map<string, string>();
  for (const { filter = [], sort, reach = 'inbox' } of queries) {
    const scope = { inbox: ['tenant', 'inbox'], tenant: ['tenant'], everyone: [] }[reach];
    const order = orderBy(orderOf({ sort }));
    for (const narrowed of [[], ...filter.map((field) => [column(field)])]) {
      const columns = [...scope, ...narrowed, order].join(', ');
      const digest = createHash('sha256').update(`${columns} ${LISTED}`).digest('hex').slice(0, 16);
      wanted.set(`i_${digest}`, columns);
    }
  }
  const present = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB 'i_*'`).all();
  for (const { name } of present) if (!wanted.has(String(name))) db.exec(`DROP INDEX ${String(name)}`);
  for (const [name, columns] of wanted)
    db.exec(`CREATE INDEX IF NOT EXISTS ${name} ON documents (${columns}) WHERE ${LISTED}`);
};
