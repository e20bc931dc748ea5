import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Scope } from '#kernel/context';
import { standBack } from '#platform/threads/stand-back';
import type { Searchable, SearchWord } from '../search-index.js';
import { changing } from './changing.js';
import { Forgetting } from './forgetting.js';
import { foldText, ftsTerm, tokensOf } from '../words.js';

export type Request = Readonly<{ id: number }> &
  (
    | Readonly<{ do: 'prepare'; index: string; fields: readonly string[]; head: number }>
    | Readonly<{
        do: 'write';
        index: string;
        documents: ReadonlyMap<string, Searchable | null>;
        checkpoint: number;
      }>
    | Readonly<{ do: 'checkpoint'; index: string }>
    | Readonly<{
        do: 'search';
        index: string;
        scope: Scope;
        words: readonly SearchWord[];
        limit: number;
      }>
  );
/** What is taken out is merged away when it is so old; how often it is looked for. */
export type Settings = Readonly<{ file: string; forgetAfterMs: number; lookMs: number }>;
export type Answer = Readonly<{ id: number; value?: unknown; failure?: string }>;

standBack();
const { file, forgetAfterMs, lookMs } = workerData as Settings;
const db = new DatabaseSync(file, { timeout: 5_000 });
db.exec(
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4000; PRAGMA secure_delete = ON',
);
db.exec(`
  CREATE TABLE IF NOT EXISTS indexes (name TEXT PRIMARY KEY, fields TEXT, position INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS documents (
    id INTEGER PRIMARY KEY, name TEXT, key TEXT, UNIQUE (name, key)
  );`);

const forgetting = new Forgetting(db, forgetAfterMs);

const remembering = (prepare: (sql: string) => StatementSync) => {
  const statements = new Map<string, StatementSync>();
  return (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
};
const reading = remembering((sql) => db.prepare(sql));
const writing = remembering((sql) => changing(db, sql));
const fieldsOf = (index: string): readonly string[] =>
  JSON.parse(String(reading('SELECT fields FROM indexes WHERE name = ?').get(index)?.['fields'])) as string[];

/**
 * Newest first is the order of the ids: the time in ms, and room for 1,000 of the same one. Where more are due at one
 * moment they take room behind it, twice as much each time.
 */
const PER_MS = 1_000;
const idFor = (at: string): number => {
  for (let [first, room] = [Date.parse(at) * PER_MS, PER_MS]; ; first += room, room *= 2) {
    const sql = 'SELECT max(id) AS id FROM documents WHERE id >= ? AND id < ?';
    const last = reading(sql).get(first, first + room)?.['id'];
    const next = typeof last === 'number' ? last + 1 : first;
    if (next < first + room) return next;
  }
};

const drop = (index: string) => {
  db.exec(`DROP TABLE IF EXISTS "fts_${index}"`);
  forgetting.drop(index);
  writing('DELETE FROM documents WHERE name = ?').run(index);
  writing('DELETE FROM indexes WHERE name = ?').run(index);
};

/** Nothing is taken out of an index of another version any more, whoever may be forgotten. */
const dropOtherVersions = (index: string) => {
  const stem = (name: string) => name.replace(/_v\d+$/, '');
  const names = reading('SELECT name FROM indexes')
    .all()
    .map(({ name }) => String(name));
  for (const name of names) if (name !== index && stem(name) === stem(index)) drop(name);
};

const prepare = (index: string, fields: readonly string[], head: number) => {
  dropOtherVersions(index);
  const known = reading('SELECT fields, position FROM indexes WHERE name = ?').get(index);
  if (known?.['fields'] === JSON.stringify(fields) && Number(known['position']) <= head) return;
  drop(index);
  db.exec(
    `CREATE VIRTUAL TABLE "fts_${index}" USING fts5(whose, ${fields.map((field) => `"${field}"`).join(', ')},
     content = '', contentless_delete = 1, prefix = '3', tokenize = "unicode61 remove_diacritics 2")`,
  );
  writing('INSERT OR REPLACE INTO indexes VALUES (?, ?, -1)').run(index, JSON.stringify(fields));
};

const whose = ({ tenantId, inboxId }: Scope): string => `${tenantId} ${inboxId ?? ''}`;

const write = (index: string, documents: ReadonlyMap<string, Searchable | null>, checkpoint: number) => {
  const fields = fieldsOf(index);
  const places = [...fields, '', ''].map(() => '?').join(', ');
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const [key, document] of documents) {
      const old = reading('SELECT id FROM documents WHERE name = ? AND key = ?').get(index, key)?.['id'];
      if (old !== undefined) {
        writing(`DELETE FROM "fts_${index}" WHERE rowid = ?`).run(old);
        writing('DELETE FROM documents WHERE id = ?').run(old);
        forgetting.note(index, Date.now());
      }
      if (!document) continue;
      const id = idFor(document.at);
      writing('INSERT INTO documents VALUES (?, ?, ?)').run(id, index, key);
      const texts = fields.map((field) => foldText(document.fields[field] ?? ''));
      writing(
        `INSERT INTO "fts_${index}" (rowid, whose, ${fields.map((field) => `"${field}"`).join(', ')})
         VALUES (${places})`,
      ).run(id, whose(document.scope), ...texts);
    }
    writing('UPDATE indexes SET position = ? WHERE name = ?').run(checkpoint, index);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
};

const search = (index: string, { tenantId, inboxId }: Scope, words: readonly SearchWord[], limit: number) => {
  const fields = fieldsOf(index);
  const own = [tenantId, ...(inboxId ? [inboxId] : [])].map((id) => `whose : "${tokensOf(id).join(' ')}"`);
  const asked = words.flatMap(({ word, field }) => {
    const term = ftsTerm(word);
    if (field && !fields.includes(field)) throw new Error(`The index ${index} has no field ${field}`);
    return term ? [`{${field ? `"${field}"` : fields.map((each) => `"${each}"`).join(' ')}} : ${term}`] : [];
  });
  return reading(
    `SELECT key FROM documents JOIN (
       SELECT rowid FROM "fts_${index}" WHERE "fts_${index}" MATCH ? ORDER BY rowid DESC LIMIT ?
     ) AS found ON documents.id = found.rowid ORDER BY documents.id DESC`,
  )
    .all([...own, ...asked].join(' AND '), limit)
    .map(({ key }) => String(key));
};

const perform = (request: Request): unknown => {
  if (request.do === 'prepare') return prepare(request.index, request.fields, request.head);
  if (request.do === 'write') return write(request.index, request.documents, request.checkpoint);
  if (request.do === 'search') return search(request.index, request.scope, request.words, request.limit);
  return reading('SELECT position FROM indexes WHERE name = ?').get(request.index)?.['position'];
};

parentPort?.on('message', (request: Request) => {
  let answer: Answer;
  try {
    answer = { id: request.id, value: perform(request) };
  } catch (error) {
    answer = { id: request.id, failure: error instanceof Error ? error.message : 'unknown' };
  }
  parentPort?.postMessage(answer);
});

/** Between two steps whoever waits has a turn. */
const STEP_PAUSE_MS = 20;

const forget = () => {
  let isMore = false;
  try {
    isMore = forgetting.step(Date.now());
  } catch {
    // A full disk, above all; what is left is for the next time.
  }
  setTimeout(forget, isMore ? STEP_PAUSE_MS : lookMs);
};
setTimeout(forget, lookMs);
