import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  decode,
  START,
  type Committed,
  type Filter,
  type LogBatch,
  type LogRead,
  type Position,
  type StreamRead,
} from '#kernel/event-store';
import type { Recorded } from '#kernel/messages';

/** A batch ends with the event that takes it past this many characters of JSON. */
const BATCH_SIZE = 2 * 1024 * 1024;

/** Kinds that one statement merges; SQLite takes 500. */
const MERGED = 100;

/** In place of a revision or position before, or after, every other. */
const LOWEST = -1n;
const HIGHEST = BigInt(Number.MAX_SAFE_INTEGER);

type Row = readonly [number, string, number, string, string, string, string];

const EVENTS = `
  SELECT position, stream, revision, event.id, type, data, metadata
  FROM event CROSS JOIN kind ON kind.id = event.kind`;

const KINDS = `
  SELECT id FROM kind
  WHERE (?1 IS NULL OR type IN (SELECT value FROM json_each(?1)))
    AND (?2 IS NULL OR category IN (SELECT value FROM json_each(?2)))`;

/** The reading half, on a connection of its own: it sees what is committed, and so synced, and nothing else. */
export class LogReader {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.db = new DatabaseSync(path, { readOnly: true });
  }

  head(): Position {
    const [last] = this.prepared('SELECT max(position) FROM event').get() as unknown as [number | null];
    return BigInt(last ?? START) as Position;
  }

  stream(name: string, { direction, from, limit = -1 }: StreamRead): readonly Recorded[] {
    const { past, order, edge } = way(direction);
    const sql = `${EVENTS} WHERE stream = ? AND revision ${past}= ? ORDER BY revision ${order} LIMIT ?`;
    const rows = this.prepared(sql).all(name, from ?? edge, limit) as unknown as Row[];
    return rows.map(recorded);
  }

  log({ direction, from, limit = 1_000, filter }: LogRead): LogBatch {
    const { edge } = way(direction);
    // Before the events: what is committed in between is seen now or next time, and never passed over.
    const head = this.head();
    const isFiltered = filter?.types ?? filter?.categories;
    const rows = isFiltered
      ? this.filtered(filter ?? {}, direction, from ?? edge, limit)
      : this.plain(direction, from ?? edge, limit);
    const events: Committed[] = [];
    let size = 0;
    for (const row of rows) {
      events.push(committed(row));
      size += row[5].length + row[6].length;
      if (size > BATCH_SIZE) break;
    }
    const last = events.at(-1)?.position;
    const isWhole = events.length < limit && size <= BATCH_SIZE;
    return { events, upTo: last !== undefined && !isWhole ? last : endOf(direction, head, from, last) };
  }

  close() {
    this.db.close();
  }

  private plain(direction: LogRead['direction'], from: bigint, limit: number): Iterable<Row> {
    const { past, order } = way(direction);
    const sql = `${EVENTS} WHERE position ${past} ? ORDER BY position ${order} LIMIT ?`;
    return this.prepared(sql).iterate(from, limit) as Iterable<unknown> as Iterable<Row>;
  }

  /** Merges the index's runs of each kind: the cost is that of what is found, however rare it is. */
  private *filtered(
    { types, categories }: Filter,
    direction: LogRead['direction'],
    from: bigint,
    limit: number,
  ): Iterable<Row> {
    const { past, order, compare } = way(direction);
    const json = (names: readonly string[] | undefined) => (names ? JSON.stringify(names) : null);
    const kinds = this.numbers(KINDS, json(types), json(categories));
    const positions: number[] = [];
    for (let at = 0; at < kinds.length; at += MERGED) {
      const part = kinds.slice(at, at + MERGED);
      const run = `SELECT position FROM event WHERE kind = ? AND position ${past} ?`;
      const sql = `${part.map(() => run).join(' UNION ALL ')} ORDER BY 1 ${order} LIMIT ?`;
      positions.push(...this.numbers(sql, ...part.flatMap((kind) => [kind, from]), limit));
    }
    if (kinds.length > MERGED) positions.sort(compare);
    const one = this.prepared(`${EVENTS} WHERE position = ?`);
    for (const position of positions.slice(0, limit)) yield one.get(position) as unknown as Row;
  }

  private numbers(sql: string, ...values: SQLInputValue[]): number[] {
    const rows = this.prepared(sql).all(...values) as unknown as (readonly [number])[];
    return rows.map(([value]) => value);
  }

  private prepared(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.db.prepare(sql);
    statement.setReturnArrays(true);
    this.statements.set(sql, statement);
    return statement;
  }
}

const way = (direction: LogRead['direction']) =>
  direction === 'backwards'
    ? { past: '<', order: 'DESC', edge: HIGHEST, compare: (a: number, b: number) => b - a }
    : { past: '>', order: 'ASC', edge: LOWEST, compare: (a: number, b: number) => a - b };

/** How far a reading went that found no more. */
const endOf = (
  direction: LogRead['direction'],
  head: Position,
  from: Position | undefined,
  last: Position = START,
): Position => {
  if (direction !== 'backwards') return [head, from ?? START, last].reduce((a, b) => (a > b ? a : b));
  return head === START || (from !== undefined && from <= 0n) ? (from ?? START) : (0n as Position);
};

const recorded = ([, stream, revision, id, type, data, metadata]: Row): Recorded => ({
  ...decode({ id, type, data, metadata }),
  stream,
  revision: BigInt(revision),
});

const committed = (row: Row): Committed => ({ ...recorded(row), position: BigInt(row[0]) as Position });
