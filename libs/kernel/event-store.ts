import { DomainError, invalid } from './errors.js';
import type { NewEvent, Recorded } from './messages.js';

/** A place in the whole log: opaque, only compared. Reading the log yields it; a stream yields revisions. */
export type Position = bigint & { readonly opaque: 'position' };

/** Before everything. */
export const START = -1n as Position;

export type Committed = Recorded & { readonly position: Position };

export type ExpectedRevision = bigint | 'no-stream';

/** What may be left out of a reading of the log; both given, both must hold. */
export type Filter = Readonly<{ types?: readonly string[]; categories?: readonly string[] }>;

export type StreamRead = Readonly<{
  direction?: 'forwards' | 'backwards';
  /** The first revision to answer; without it the beginning, or the end when reading backwards. */
  from?: bigint;
  /** Events at most. */
  limit?: number;
}>;

export type LogRead = Readonly<{
  direction?: 'forwards' | 'backwards';
  /** Exclusive. Without it the beginning, or the end when reading backwards. */
  from?: Position;
  /** Matching events at most, 1,000 unless told. */
  limit?: number;
  filter?: Filter;
}>;

/** `upTo` is how far was read: past the last event where others were left out, for a checkpoint. */
export type LogBatch = Readonly<{ events: readonly Committed[]; upTo: Position }>;

/** Above these, data and metadata as JSON, an append is refused as a whole: `append-too-large`. */
export const EVENT_BYTES = 256 * 1024;
export const APPEND_BYTES = 768 * 1024;

/** `done-before`: nothing was written now, and others may have followed since. */
export type Appended = 'written' | 'done-before';

/** Port. Every adapter passes the same contract suite. */
export abstract class EventStore {
  /** Oldest first unless asked otherwise; a stream that was never written is empty. */
  abstract read(stream: string, options?: StreamRead): Promise<readonly Recorded[]>;

  /**
   * All or nothing, and settled only once it is durable. Throws `WrongExpectedRevision` or `OutcomeUnknown`.
   * A retry with the same ids at the same revision was done before; see `docs/adr/0002-append-rules.md`.
   */
  abstract append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended>;

  /** One batch of the whole log; empty at its end. */
  abstract readAll(options?: LogRead): Promise<LogBatch>;

  /**
   * Everything after a position and then what follows, in batches, until the signal. The next batch is fetched
   * only when the consumer comes back for it, so a slow one holds nothing in memory.
   */
  abstract subscribe(after: Position, stopping: AbortSignal, filter?: Filter): AsyncIterable<LogBatch>;

  /** The last position there is; `START` for an empty log. */
  abstract head(): Promise<Position>;

  /** Somebody waits: whom the latest events do not concern shall hear at once how far the log is. */
  hasten(): void {}

  /** Whether this process can never write again, so that only a new one helps. */
  get isLost(): boolean {
    return false;
  }

  /** After what was asked for before; then every call is refused with `store-unavailable`. */
  async close(): Promise<void> {}
}

/** An event as every store keeps it; `data` and `metadata` are JSON. */
export type Encoded = Readonly<{ id: string; type: string; data: string; metadata: string }>;

/** The first step of every adapter's append: what no store would take is refused by all of them alike. */
export const encode = (stream: string, events: readonly NewEvent[]): readonly Encoded[] => {
  if (!stream) throw invalid('stream', 'required', 'A stream has a name');
  if (events.length === 0) throw invalid('events', 'required', 'There is nothing to append');
  let total = 0;
  return events.map(({ id, type, data, metadata }) => {
    if (!id || !type) throw invalid('events', 'required', 'An event has an id and a type');
    const encoded = { id, type, data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
    const bytes = Buffer.byteLength(encoded.data) + Buffer.byteLength(encoded.metadata);
    total += bytes;
    if (bytes > EVENT_BYTES || total > APPEND_BYTES)
      throw new DomainError('append-too-large', 'invalid', 'This is more than one append may hold');
    return encoded;
  });
};

export const decode = ({ id, type, data, metadata }: Encoded): NewEvent => ({
  id,
  type,
  data: JSON.parse(data) as NewEvent['data'],
  metadata: JSON.parse(metadata) as NewEvent['metadata'],
});

/** The category of a stream: what stands before its first dash; without a dash it has none. */
export const categoryOf = (stream: string): string => stream.slice(0, Math.max(stream.indexOf('-'), 0));
