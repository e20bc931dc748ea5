import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { unavailable, WrongExpectedRevision } from '#kernel/errors';
import {
  encode,
  EventStore,
  type Appended,
  type ExpectedRevision,
  type Filter,
  type LogBatch,
  type LogRead,
  type Position,
  type StreamRead,
} from '#kernel/event-store';
import type { NewEvent, Recorded } from '#kernel/messages';
import { isSqliteError } from '#platform/sqlite/errors';
import type { Faults } from '#platform/sqlite/faults';
import { GroupCommit } from '#platform/sqlite/group-commit';
import { LogReader } from './reader.js';
import { CONFLICT, DONE_BEFORE, type AppendAnswer, type AppendRequest } from './schema.js';
import { Tail, wanted } from './tail.js';

/** Events in one batch of a subscription that reads from the disk. */
const BATCH = 512;

/**
 * The log in one SQLite file, `log.db`: written in groups by a worker thread, read here. Its positions count
 * from 0 without a gap. One process a folder.
 */
export class EmbeddedEventStore extends EventStore {
  private isOpen = true;

  private constructor(
    private readonly writer: GroupCommit<AppendRequest, AppendAnswer>,
    private readonly reader: LogReader,
    private readonly tail: Tail,
  ) {
    super();
  }

  static async open(folder: string, faults?: Faults): Promise<EmbeddedEventStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'log.db');
    const script = new URL('./worker.js', import.meta.url);
    const committed = (request: AppendRequest, position: AppendAnswer) => {
      if (position >= 0) tail.add(request);
    };
    const writer = await GroupCommit.start(script, { path, faults }, committed);
    const reader = new LogReader(path);
    const tail = new Tail(reader.head());
    return new EmbeddedEventStore(writer, reader, tail);
  }

  async read(stream: string, options: StreamRead = {}): Promise<readonly Recorded[]> {
    const { direction, from, limit } = options;
    const isWhole = direction !== 'backwards' && from === undefined && limit === undefined;
    return this.reading(
      () => (isWhole ? this.tail.stream(stream) : undefined) ?? this.reader.stream(stream, options),
    );
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    const fields = encode(stream, events).flatMap(({ id, type, data, metadata }) => [
      id,
      type,
      data,
      metadata,
    ]);
    const at = expected === 'no-stream' ? -1 : Number(expected);
    const answer = await this.writer.submit([stream, at, ...fields]);
    if (answer === CONFLICT) throw new WrongExpectedRevision();
    return answer === DONE_BEFORE ? 'done-before' : 'written';
  }

  async readAll(options: LogRead = {}): Promise<LogBatch> {
    return this.reading(() => this.reader.log(options));
  }

  async *subscribe(after: Position, stopping: AbortSignal, filter?: Filter): AsyncIterable<LogBatch> {
    const wake = () => this.tail.wake();
    stopping.addEventListener('abort', wake);
    try {
      const match = wanted(filter);
      for (let from = after; !stopping.aborted;) {
        const batch = this.reading(() => this.tail.after(from, match)) ?? (await this.fromDisk(from, filter));
        if (batch.upTo > from) yield batch;
        else if (this.tail.head <= from && !stopping.aborted) await this.tail.more(match);
        from = batch.upTo;
      }
    } finally {
      stopping.removeEventListener('abort', wake);
    }
  }

  async head(): Promise<Position> {
    return this.reading(() => this.tail.head);
  }

  override hasten(): void {
    this.tail.wake();
  }

  override get isLost(): boolean {
    return this.writer.isLost;
  }

  override async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.tail.wake();
    await this.writer.close();
    this.reader.close();
  }

  /** One batch a turn: whoever has the whole log to read leaves room for everybody else. */
  private async fromDisk(from: Position, filter: Filter | undefined): Promise<LogBatch> {
    await setImmediate();
    return this.readAll({ from, limit: BATCH, ...(filter && { filter }) });
  }

  private reading<T>(read: () => T): T {
    if (!this.isOpen) throw unavailable('store-unavailable', 'The log is closed');
    try {
      return read();
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      throw unavailable('store-unavailable', 'The log cannot be read just now');
    }
  }
}

/** The log as far as it is written, for another thread of the process that has it open. */
export const openLogForReading = (folder: string): Pick<EventStore, 'readAll'> & { close(): void } => {
  const reader = new LogReader(join(folder, 'log.db'));
  return { readAll: async (options = {}) => reader.log(options), close: () => reader.close() };
};
