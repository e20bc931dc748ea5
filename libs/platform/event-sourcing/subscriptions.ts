import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { reasonOf } from '#kernel/errors';
import { EventStore, START, type LogBatch, type Position } from '#kernel/event-store';
import { Clock } from '#platform/clock/clock';
import { Codec } from './codec.js';

/** Something that follows the log at its own pace, from its own place. */
export interface Consumer {
  readonly name: string;
  readonly types: ReadonlySet<string>;
  /** Whether it may see personal fields. */
  readonly reveal: boolean;
  /** Whether it may see where callers were. */
  readonly callers?: boolean;
  from(): Promise<Position>;
  handle(batch: LogBatch): Promise<void>;
  /** Settles when everything that was begun is done. */
  idle(): Promise<void>;
}

/** Each consumer has a loop of its own, so that none can hold up, or end, another. */
@Injectable()
export class Subscriptions implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Subscriptions.name);
  private readonly stop = new AbortController();
  private readonly loops: Promise<void>[] = [];
  private readonly seen = new Map<Consumer, Position>();
  /** Consumers that cannot go on; the process is not ready while there are any. */
  readonly failing = new Set<string>();
  readonly stopping = this.stop.signal;

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly clock: Clock,
  ) {}

  follow(consumer: Consumer) {
    this.seen.set(consumer, START);
    this.loops.push(this.run(consumer).then(() => consumer.idle()));
  }

  /** What a consumer asks for, opened for it and in the latest schema version, until the process stops. */
  async *read({ types, reveal, callers = false }: Consumer, after: Position): AsyncIterable<LogBatch> {
    const filter = { types: [...types] };
    for await (const { events: stored, upTo } of this.store.subscribe(after, this.stopping, filter)) {
      yield { events: await this.codec.shared(stored, { reveal, ip: callers }), upTo };
    }
  }

  /** Whether everything in the log has been handled, to its last effect. */
  async caughtUp(): Promise<boolean> {
    const head = await this.store.head();
    for (const consumer of this.seen.keys()) await consumer.idle();
    return [...this.seen.values(), await this.store.head()].every((position) => position === head);
  }

  /** How far each consumer is behind the head, in positions of the store: figures for an operator. */
  async lags(): Promise<ReadonlyMap<string, number>> {
    const head = await this.store.head();
    return new Map([...this.seen].map(([{ name }, position]) => [name, Number(head - position)]));
  }

  async beforeApplicationShutdown() {
    this.stop.abort();
    await Promise.all(this.loops);
  }

  /** A store that is away, or an event of a newer program, is waited for and never skipped. */
  private async run(consumer: Consumer) {
    for (let failures = 0; !this.stopping.aborted; failures += 1) {
      try {
        const from = await consumer.from();
        this.seen.set(consumer, from);
        // What failed was done all the same, and there is no next batch that would show it.
        if (from >= (await this.store.head())) this.failing.delete(consumer.name);
        for await (const batch of this.read(consumer, from)) {
          await consumer.handle(batch);
          this.seen.set(consumer, batch.upTo);
          this.failing.delete(consumer.name);
          failures = 0;
        }
      } catch (error) {
        this.failing.add(consumer.name);
        this.logger.error(`${consumer.name} waits: ${reasonOf(error)}`);
        const delay = Math.min(100 * 2 ** failures, 30_000);
        await this.clock.sleep(delay, this.stopping).catch(() => undefined);
      }
    }
  }
}
