import type { DatabaseSync } from 'node:sqlite';
import { categoryOf } from '#kernel/event-store';
import type { Applying } from '#platform/sqlite/committer';
import { blockOf, CONFLICT, DONE_BEFORE, FIELDS, type AppendAnswer, type AppendRequest } from './schema.js';

/** Streams whose last revision is remembered. */
const REMEMBERED = 10_000;

/** `block`: the last one that is known to be in `place`. */
type Kind = { readonly id: number; block: number };

/** Appends within a transaction that others may share: by `docs/adr/0002-append-rules.md`. */
export const appender = (db: DatabaseSync): Applying<AppendRequest, AppendAnswer> => {
  const insert = db.prepare(
    'INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stream, revision) DO NOTHING',
  );
  const lastPosition = db.prepare('SELECT max(position) AS last FROM event');
  const lastRevision = db.prepare('SELECT max(revision) AS last FROM event WHERE stream = ?');
  const idAt = db.prepare('SELECT id FROM event WHERE stream = ? AND revision = ?');
  const findKind = db.prepare('SELECT id FROM kind WHERE category = ? AND type = ?');
  const addKind = db.prepare('INSERT INTO kind (category, type) VALUES (?, ?) RETURNING id');
  const addPlace = db.prepare('INSERT INTO place VALUES (?, ?) ON CONFLICT DO NOTHING');

  const kinds = new Map<string, Kind>();
  const heads = new Map<string, number>();
  let next = Number(lastPosition.get()?.['last'] ?? -1) + 1;

  const kindOf = (stream: string, type: string): Kind => {
    const category = categoryOf(stream);
    const name = `${category}-${type}`;
    const known = kinds.get(name);
    if (known) return known;
    const found = findKind.get(category, type) ?? addKind.get(category, type);
    const kind = { id: Number(found?.['id']), block: -1 };
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
    const refusal = () => (isRepeated(request) ? DONE_BEFORE : CONFLICT);
    // Of a new stream there is nothing to look up: its first row is free, or it is not new.
    if (expected >= 0 && headOf(stream) !== expected) return refusal();
    const first = next;
    let revision = expected;
    for (let field = 0; field < events.length; field += FIELDS) {
      const [id = '', type = '', data = '', metadata = ''] = events.slice(field, field + FIELDS);
      const kind = kindOf(stream, type);
      const row = insert.run(next, stream, (revision += 1), kind.id, id, data, metadata);
      if (row.changes === 0) return refusal();
      if (kind.block !== blockOf(next)) addPlace.run(kind.id, (kind.block = blockOf(next)));
      next += 1;
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
