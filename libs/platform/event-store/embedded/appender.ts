import type { DatabaseSync } from 'node:sqlite';
import { categoryOf } from '#kernel/event-store';
import type { Applying } from '#platform/sqlite/committer';
import { CONFLICT, DONE_BEFORE, FIELDS, type AppendAnswer, type AppendRequest } from './schema.js';

/** Streams whose last revision is remembered. */
const REMEMBERED = 10_000;

/** Appends within a transaction that others may share: by `docs/adr/0002-append-rules.md`. */
export const appender = (db: DatabaseSync): Applying<AppendRequest, AppendAnswer> => {
  const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)');
  const lastPosition = db.prepare('SELECT max(position) AS last FROM event');
  const lastRevision = db.prepare('SELECT max(revision) AS last FROM event WHERE stream = ?');
  const idAt = db.prepare('SELECT id FROM event WHERE stream = ? AND revision = ?');
  const findKind = db.prepare('SELECT id FROM kind WHERE category = ? AND type = ?');
  const addKind = db.prepare('INSERT INTO kind (category, type) VALUES (?, ?) RETURNING id');

  const kinds = new Map<string, number>();
  const heads = new Map<string, number>();
  let next = Number(lastPosition.get()?.['last'] ?? -1) + 1;

  const kindOf = (stream: string, type: string): number => {
    const category = categoryOf(stream);
    const name = `${category}-${type}`;
    const known = kinds.get(name);
    if (known !== undefined) return known;
    const kind = Number((findKind.get(category, type) ?? addKind.get(category, type))?.['id']);
    kinds.set(name, kind);
    return kind;
  };

  const headOf = (stream: string): number =>
    heads.get(stream) ?? Number(lastRevision.get(stream)?.['last'] ?? -1);

  const isRepeated = ([stream, expected, ...events]: AppendRequest): boolean => {
    for (let index = 0; index * FIELDS < events.length; index += 1)
      if (idAt.get(stream, expected + 1 + index)?.['id'] !== events[index * FIELDS]) return false;
    return true;
  };

  const apply = (request: AppendRequest): AppendAnswer => {
    const [stream, expected, ...events] = request;
    let revision = headOf(stream);
    if (revision !== expected) return isRepeated(request) ? DONE_BEFORE : CONFLICT;
    const first = next;
    for (let field = 0; field < events.length; field += FIELDS) {
      const [id = '', type = '', data = '', metadata = ''] = events.slice(field, field + FIELDS);
      insert.run(next++, stream, ++revision, kindOf(stream, type), id, data, metadata);
    }
    if (heads.size >= REMEMBERED) heads.clear();
    heads.set(stream, revision);
    return first;
  };

  const rolledBack = () => {
    kinds.clear();
    heads.clear();
    next = Number(lastPosition.get()?.['last'] ?? -1) + 1;
  };

  return { apply, rolledBack };
};
