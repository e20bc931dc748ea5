import { Logger } from '@nestjs/common';
import { isPassing, reasonOf } from '#kernel/errors';
import { START, type Committed, type LogBatch, type Position } from '#kernel/event-store';
import type { AnyPolicy } from '#kernel/saga';
import { Clock } from '#platform/clock/clock';
import { KeyedQueue } from './keyed-queue.js';
import { SagaCheckpoint, type Parked } from './saga-checkpoint.js';
import { Subscriptions, type Consumer } from './subscriptions.js';

const KEYS_AT_ONCE = 64;
const EVENTS_AT_ONCE = 1_000;
const RETRY_AFTER_MS = [100, 1_000, 5_000];
/** A store or a peer that is away is back some time: ten minutes of it are no reason to park everybody. */
const RETRY_PASSING_AFTER_MS = [...RETRY_AFTER_MS, ...Array<number>(20).fill(30_000)];

/** One saga: in order per key, keys side by side, effects before the checkpoint; a failing key is parked. */
export class SagaRun implements Consumer {
  readonly name: string;
  readonly types: ReadonlySet<string>;
  readonly reveal = true;
  private readonly logger = new Logger(SagaRun.name);
  private readonly lanes = new KeyedQueue();
  private readonly parkedKeys = new Map<string, Parked>();
  /** In the order of the log, each with the position before it: where a restart would have to begin. */
  private readonly underWay = new Map<Position, Position>();
  private last = START;

  constructor(
    private readonly saga: AnyPolicy,
    private readonly react: (event: Committed) => Promise<void>,
    private readonly checkpoint: SagaCheckpoint,
    private readonly subscriptions: Subscriptions,
    private readonly clock: Clock,
  ) {
    this.name = saga.name;
    this.types = new Set(Object.keys(saga.whenever));
  }

  get parked(): readonly Parked[] {
    return [...this.parkedKeys.values()];
  }

  /** Once, before anything is handled: a new saga's "now" is this moment, also after a crash. */
  async begin(head: Position) {
    const found = await this.checkpoint.load();
    for (const parked of found?.parked ?? []) this.parkedKeys.set(parked.key, parked);
    this.last = found?.position ?? (this.saga.startFrom === 'now' ? head : START);
    if (!found) await this.save(true);
  }

  async from() {
    return this.last;
  }

  async handle({ events, upTo }: LogBatch) {
    const { stopping } = this.subscriptions;
    const isFull = () => this.lanes.size >= KEYS_AT_ONCE || this.underWay.size >= EVENTS_AT_ONCE;
    for (const event of events) {
      while (isFull() && !stopping.aborted) await this.lanes.oneIdle();
      if (stopping.aborted) return;
      if (event.position > this.last) this.enter(event);
    }
    this.last = upTo;
  }

  async idle() {
    await this.lanes.allIdle();
    await this.checkpoint.idle();
  }

  /** For the operator: everything of a key since it was parked, in order; failing again, it stays parked. */
  retry(key: string): Promise<void> {
    return this.lanes.run(key, async () => {
      const parked = this.parkedKeys.get(key);
      if (!parked) return;
      for await (const { events, upTo } of this.subscriptions.read(this, parked.after)) {
        for (const event of events) if (this.keyOf(event) === key) await this.react(event);
        if (upTo < this.last) continue;
        this.parkedKeys.delete(key);
        return this.save(true);
      }
    });
  }

  private enter(event: Committed) {
    const before = this.last;
    this.last = event.position;
    this.underWay.set(event.position, before);
    const settled = () => {
      this.underWay.delete(event.position);
      void this.save();
    };
    // Stopped between attempts, it stays under way: after the checkpoint, so it will be delivered again.
    const stopped = () => undefined;
    void this.lanes.run(this.keyOf(event), () => this.deliver(event, before)).then(settled, stopped);
  }

  private async deliver(event: Committed, before: Position): Promise<void> {
    const key = this.keyOf(event);
    for (let failures = 0; !this.parkedKeys.has(key); failures += 1) {
      // Also one that waited behind what was stopped: it is not to go ahead of it.
      this.subscriptions.stopping.throwIfAborted();
      try {
        return await this.react(event);
      } catch (error) {
        this.subscriptions.stopping.throwIfAborted();
        const delay = (isPassing(error) ? RETRY_PASSING_AFTER_MS : RETRY_AFTER_MS)[failures];
        if (delay === undefined) this.park({ key, reason: reasonOf(error), after: before });
        else await this.clock.sleep(delay, this.subscriptions.stopping);
      }
    }
  }

  private park(parked: Parked) {
    this.parkedKeys.set(parked.key, parked);
    this.logger.error(`${this.name} parked ${parked.key}: ${parked.reason}`);
    void this.save(true);
  }

  /** At the low-water mark: before the oldest event under way. */
  private save(urgent = false): Promise<void> {
    return this.checkpoint.save(() => {
      const [position = this.last] = this.underWay.values();
      return { position, parked: this.parked };
    }, urgent);
  }

  private keyOf({ metadata, stream }: Committed): string {
    return this.saga.orderedBy === 'stream' ? stream : (metadata.inboxId ?? metadata.tenantId);
  }
}
