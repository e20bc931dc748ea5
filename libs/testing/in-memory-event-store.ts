import { WrongExpectedRevision } from '#kernel/errors';
import {
  decode,
  encode,
  EventStore,
  START,
  type Appended,
  type Committed,
  type ExpectedRevision,
  type Filter,
  type LogBatch,
  type LogRead,
  type Position,
  type StreamRead,
} from '#kernel/event-store';
import type { NewEvent, Recorded } from '#kernel/messages';
import { passes } from './passes.js';

/** Small, so that specs see more than one. */
const BATCH = 2;

/** Keeps JSON, as the real stores do, so that nothing passes here that would be lost there. */
export class InMemoryEventStore extends EventStore {
  readonly log: Committed[] = [];
  private grown = Promise.withResolvers<void>();

  async read(stream: string, { direction, from, limit }: StreamRead = {}): Promise<readonly Recorded[]> {
    const events = this.log
      .filter((event) => event.stream === stream)
      .map(({ position: _, ...event }) => event);
    const wanted =
      direction === 'backwards'
        ? events.filter(({ revision }) => from === undefined || revision <= from).reverse()
        : events.filter(({ revision }) => from === undefined || revision >= from);
    return wanted.slice(0, limit);
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    const encoded = encode(stream, events);
    const history = this.log.filter((event) => event.stream === stream);
    const head = history.at(-1)?.revision;
    if ((head ?? 'no-stream') !== expected) {
      const next = expected === 'no-stream' ? 0 : Number(expected) + 1;
      if (events.every(({ id }, index) => history[next + index]?.id === id)) return 'done-before';
      throw new WrongExpectedRevision();
    }
    for (const [index, event] of encoded.entries()) {
      const revision = (head ?? -1n) + BigInt(index + 1);
      this.log.push({ ...decode(event), stream, revision, position: BigInt(this.log.length) as Position });
    }
    this.grown.resolve();
    this.grown = Promise.withResolvers();
    return 'written';
  }

  async readAll({ direction, from, limit = 1_000, filter }: LogRead = {}): Promise<LogBatch> {
    const backwards = direction === 'backwards';
    const wanted = backwards
      ? this.log.filter(({ position }) => from === undefined || position < from).reverse()
      : this.log.filter(({ position }) => from === undefined || position > from);
    const events = wanted.filter((event) => passes(event, filter)).slice(0, limit);
    const last = events.length === limit ? events.at(-1) : wanted.at(-1);
    return { events, upTo: last?.position ?? from ?? START };
  }

  async *subscribe(after: Position, stopping: AbortSignal, filter?: Filter): AsyncIterable<LogBatch> {
    const stopped = new Promise<void>((resolve) => stopping.addEventListener('abort', () => resolve()));
    for (let next = Number(after) + 1; !stopping.aborted;) {
      const batch = this.log.slice(next, next + BATCH);
      const last = batch.at(-1);
      if (last) yield { events: batch.filter((event) => passes(event, filter)), upTo: last.position };
      else await Promise.race([this.grown.promise, stopped]);
      next += batch.length;
    }
  }

  async head(): Promise<Position> {
    return this.log.at(-1)?.position ?? START;
  }
}
