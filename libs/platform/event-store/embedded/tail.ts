import {
  categoryOf,
  decode,
  type Committed,
  type Encoded,
  type Filter,
  type LogBatch,
  type Position,
} from '#kernel/event-store';
import type { Recorded } from '#kernel/messages';
import { FIELDS, type AppendRequest } from './schema.js';

/** What is kept at most, give or take as much again. */
const EVENTS = 1_024;
const SIZE = 4 * 1024 * 1024;

/** Events looked at for one batch. */
const BATCH = 512;

/** Whom something does not concern hears this much later how far the log is. */
const OTHERS_AFTER_MS = 20;

export type Wanted = Readonly<{
  types: ReadonlySet<string> | undefined;
  categories: ReadonlySet<string> | undefined;
}>;

export const wanted = ({ types, categories }: Filter = {}): Wanted => ({
  types: types && new Set(types),
  categories: categories && new Set(categories),
});

type Waiting = Readonly<{ match: Wanted; wake: () => void }>;

/** An event as it was written, and as it is read once somebody asks for it. */
type Kept = Encoded &
  Readonly<{ stream: string; revision: bigint; position: Position }> & { read?: Committed };

/**
 * The end of the log in memory, shared by all who follow it: what was just written is neither read from the disk
 * nor decoded once for each of them.
 */
export class Tail {
  private kept: Kept[] = [];
  private readonly streams = new Map<string, Kept[]>();
  private size = 0;
  private waiting: Waiting[] = [];
  private late: NodeJS.Timeout | undefined;

  constructor(public head: Position) {}

  /** What was committed, in the order of its positions. */
  add([stream, expected, ...fields]: AppendRequest) {
    for (let field = 0; field < fields.length; field += FIELDS) {
      const [id = '', type = '', data = '', metadata = ''] = fields.slice(field, field + FIELDS);
      const revision = BigInt(expected + 1 + field / FIELDS);
      this.head = (this.head + 1n) as Position;
      const event = { id, type, data, metadata, stream, revision, position: this.head };
      this.kept.push(event);
      const own = this.streams.get(stream);
      if (own) own.push(event);
      else this.streams.set(stream, [event]);
      this.size += data.length + metadata.length;
    }
    if (this.kept.length > 2 * EVENTS || this.size > 2 * SIZE) this.shorten();
    this.wakeFor(this.kept.slice(-(fields.length / FIELDS)));
  }

  /** What follows a position; undefined where that has to be read from the disk. */
  after(from: Position, match: Wanted): LogBatch | undefined {
    const first = Number(from - this.head) + this.kept.length;
    if (first < 0) return undefined;
    const events: Committed[] = [];
    const seen = this.kept.slice(first, first + BATCH);
    for (const event of seen) if (isWanted(event, match)) events.push(readOf(event));
    return { events, upTo: (from + BigInt(seen.length)) as Position };
  }

  /** A whole stream; undefined where its beginning has to be read from the disk. */
  stream(name: string): readonly Recorded[] | undefined {
    const own = this.streams.get(name);
    if (own?.[0]?.revision !== 0n) return undefined;
    return own.map((event) => {
      const { position: _, ...recorded } = readOf(event);
      return recorded;
    });
  }

  /** Settles at once when something wanted is added, a moment later when it is something else, and at `wake`. */
  more(match: Wanted): Promise<void> {
    return new Promise((wake) => this.waiting.push({ match, wake }));
  }

  wake() {
    clearTimeout(this.late);
    this.late = undefined;
    for (const { wake } of this.waiting.splice(0)) wake();
  }

  private wakeFor(added: readonly Kept[]) {
    const others: Waiting[] = [];
    for (const each of this.waiting)
      if (added.some((event) => isWanted(event, each.match))) each.wake();
      else others.push(each);
    this.waiting = others;
    if (this.waiting.length > 0) this.late ??= setTimeout(() => this.wake(), OTHERS_AFTER_MS);
  }

  private shorten() {
    let from = 0;
    for (; this.kept.length - from > EVENTS || this.size > SIZE; from += 1) {
      const { stream = '', data = '', metadata = '' } = this.kept[from] ?? {};
      this.size -= data.length + metadata.length;
      const own = this.streams.get(stream);
      own?.shift();
      if (own?.length === 0) this.streams.delete(stream);
    }
    this.kept = this.kept.slice(from);
  }
}

const readOf = (event: Kept): Committed => {
  const { stream, revision, position } = event;
  return (event.read ??= { ...decode(event), stream, revision, position });
};

const isWanted = ({ type, stream }: Kept, { types, categories }: Wanted): boolean =>
  (!types || types.has(type)) && (!categories || categories.has(categoryOf(stream)));
