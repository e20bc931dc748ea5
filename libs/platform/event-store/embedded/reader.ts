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
import { BLOCK, blockOf } from './schema.js';

/** A batch ends with the event that takes it past this many characters of JSON. */
const BATCH_SIZE = 2 * 1024 * 1024;

/** Kinds that one statement merges; SQLite takes 500. */
const MERGED = 100;

/** Blocks that one batch looks into at most; each holds something, but for the first, which may be past. */
const BLOCKS = 32;

/** In place of a revision or position before, or after, every other. */
const LOWEST = -1n;
const HIGHEST = BigInt(Number.MAX_SAFE_INTEGER);

type Blocks = Readonly<{ kinds: readonly number[]; found: readonly number[] }>;
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
    const start = from ?? way(direction).edge;
    // Before the events: what is committed in between is seen now or next time, and never passed over.
    const head = this.head();
    const isFiltered = filter?.types ?? filter?.categories;
    const blocks = isFiltered ? this.blocks(filter ?? {}, direction, start) : undefined;
    const rows = blocks ? this.inBlocks(blocks, direction, start) : this.plain(direction, start, limit);
    const events: Committed[] = [];
    let size = 0;
    for (const row of rows) {
      events.push(committed(row));
      size += row[5].length + row[6].length;
      if (size > BATCH_SIZE || events.length >= limit) break;
    }
    const last = events.at(-1)?.position;
    const isCut = size > BATCH_SIZE || events.length >= limit || blocks?.found.length === BLOCKS;
    return { events, upTo: last !== undefined && isCut ? last : endOf(direction, head, from, last) };
  }

  close() {
    this.db.close();
  }

  private plain(direction: LogRead['direction'], from: bigint, limit: number): Iterable<Row> {
    const { past, order } = way(direction);
    const sql = `${EVENTS} WHERE position ${past} ? ORDER BY position ${order} LIMIT ?`;
    return this.prepared(sql).iterate(from, limit) as Iterable<unknown> as Iterable<Row>;
  }

  /** The next blocks that hold a kind: the index's runs of each kind, merged. */
  private blocks({ types, categories }: Filter, direction: LogRead['direction'], from: bigint): Blocks {
    const { past, order, compare } = way(direction);
    const json = (names: readonly string[] | undefined) => (names ? JSON.stringify(names) : null);
    const kinds = this.numbers(KINDS, json(types), json(categories));
    const run = `SELECT block FROM place WHERE kind = ? AND block ${past}= ?`;
    const found = new Set<number>();
    for (let index = 0; index < kinds.length; index += MERGED) {
      const part = kinds.slice(index, index + MERGED);
      const sql = `${part.map(() => run).join(' UNION ')} ORDER BY 1 ${order} LIMIT ${BLOCKS}`;
      const values = part.flatMap((kind) => [kind, blockOf(Number(from))]);
      for (const block of this.numbers(sql, ...values)) found.add(block);
    }
    return { kinds, found: [...found].sort(compare).slice(0, BLOCKS) };
  }

  private *inBlocks({ kinds, found }: Blocks, direction: LogRead['direction'], from: bigint): Iterable<Row> {
    const { past, order } = way(direction);
    const rows = this.prepared(`${EVENTS} WHERE position BETWEEN ? AND ? AND position ${past} ?
      AND kind IN (SELECT value FROM json_each(?)) ORDER BY position ${order}`);
    for (const block of found) {
      const [first, last] = [block * BLOCK, (block + 1) * BLOCK - 1];
      yield* rows.iterate(first, last, from, JSON.stringify(kinds)) as Iterable<unknown> as Iterable<Row>;
    }
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
