import { Logger } from '@nestjs/common';
import { reasonOf } from '#kernel/errors';
import { EventStore, type Position } from '#kernel/event-store';
import { Clock } from '#platform/clock/clock';
import { uuid5 } from './ids.js';

/** A key that waits for the operator: everything of it after a position is still to be done. */
type ParkedAt<P> = Readonly<{ key: string; reason: string; after: P }>;
type CheckpointAt<P> = Readonly<{ position: P; parked: readonly ParkedAt<P>[] }>;

export type Parked = ParkedAt<Position>;
export type Checkpoint = CheckpointAt<Position>;

const BETWEEN_SAVES_MS = 5_000;

/** The place of one saga, in a stream of the log. Each is whole, so of two runners either may be the last. */
export class SagaCheckpoint {
  private readonly logger = new Logger(SagaCheckpoint.name);
  private readonly stream: string;
  private saving: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private pause = new AbortController();

  constructor(
    private readonly saga: string,
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {
    this.stream = `checkpoint-${saga}`;
  }

  async load(): Promise<Checkpoint | undefined> {
    const last = await this.last();
    return last && mapped(last.data as CheckpointAt<string>, (text) => BigInt(text) as Position);
  }

  /**
   * One save at a time and one a while: what changes meanwhile shares the next, which makes up for one that failed.
   * After a crash what was done since is delivered again, and changes nothing. `urgent` does not wait.
   */
  save(current: () => Checkpoint, urgent = false): Promise<void> {
    this.next ??= this.saveLater(current);
    if (urgent) this.pause.abort();
    return this.next;
  }

  /** Settles when everything is saved; what was still to wait is saved now. */
  async idle(): Promise<void> {
    this.pause.abort();
    await (this.next ?? this.saving);
  }

  private async saveLater(current: () => Checkpoint): Promise<void> {
    this.pause = new AbortController();
    await this.saving;
    await this.clock.sleep(BETWEEN_SAVES_MS, this.pause.signal).catch(() => undefined);
    this.next = undefined;
    const failed = (error: unknown) =>
      this.logger.error(`${this.saga} has no checkpoint: ${reasonOf(error)}`);
    await (this.saving = this.append(current()).catch(failed));
  }

  private async last() {
    return (await this.store.read(this.stream, { direction: 'backwards', limit: 1 }))[0];
  }

  private async append(checkpoint: Checkpoint): Promise<void> {
    const head = (await this.last())?.revision;
    const data = mapped(checkpoint, String);
    const id = uuid5(this.stream, String(head), JSON.stringify(data));
    const metadata = {
      schemaVersion: 1,
      occurredAt: this.clock.now(),
      $correlationId: id,
      $causationId: id,
      actor: { type: 'system', id: this.saga },
      tenantId: 'system',
    } as const;
    await this.store.append(this.stream, head ?? 'no-stream', [
      { type: 'SagaCheckpointed', data, id, metadata },
    ]);
  }
}

/** JSON knows no bigint. */
const mapped = <A, B>({ position, parked }: CheckpointAt<A>, to: (position: A) => B): CheckpointAt<B> => ({
  position: to(position),
  parked: parked.map(({ key, reason, after }) => ({ key, reason, after: to(after) })),
});
