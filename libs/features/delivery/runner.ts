import { randomUUID } from 'node:crypto';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Context, Scope } from '#kernel/context';
import { isDomainError, reasonOf } from '#kernel/errors';
import type { Event } from '#kernel/messages';
import { Clock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { newCause } from '#platform/event-sourcing/cause';
import { Commands } from '#platform/event-sourcing/commands';
import { idsFrom } from '#platform/event-sourcing/ids';
import { Scheduler } from '#platform/scheduler/scheduler';
import { Attempts, NOTHING, type Made } from './attempts.js';
import { nextAttemptAt } from './backoff.js';
import {
  DeclareUncertain,
  DropDelivery,
  HoldDelivery,
  OPERATOR,
  QueueDelivery,
  ReleaseDelivery,
  StartAttempt,
  type Claim,
} from './commands.js';
import { DeliveryDirectory } from './directory.js';
import type { DeliveryEvent, DeliveryQueued } from './events.js';
import { Lanes } from './lanes.js';
import { scheduledOf } from './read-model.js';

const SCAN_MS = 5_000;
const HELD_MS = 60_000;
/** More than this is left in the view until there is room. */
const IN_MEMORY = 5_000;
const EACH_IN_MEMORY = 2_500;
/** Outcomes on their way to the log before the next attempt waits for them. */
const RECORDED_AT_ONCE = 200;
const STOPPING_MS = 4_000;

/** No inbox of that id is left, so nothing will ever leave it. */
const PURGED = 'inbox-purged';

type Offer = Readonly<{
  deliveryId: string;
  destination: string;
  scope: Scope;
  correlationId?: string;
  scheduled: string | null;
}>;
/** Claims an attempt, or with null does not; answers the delivery as that leaves it. */
type Start = (claim: Claim | null, context: Context) => Promise<readonly Event[]>;

/** Takes what is due from the queue and has it attempted. What it holds in memory, the view holds too. */
@Injectable()
export class DeliveryRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DeliveryRunner.name);
  private readonly lanes: Lanes;
  private readonly offered = new Set<string>();
  private readonly recording = new Set<Promise<void>>();
  private isStopping = false;
  private isMore = false;
  private wakeUp = () => {};

  constructor(
    private readonly directory: DeliveryDirectory,
    private readonly attempts: Attempts,
    private readonly commands: Commands,
    private readonly scheduler: Scheduler,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {
    this.lanes = new Lanes(clock);
  }

  onApplicationBootstrap() {
    const run = (stopping: AbortSignal) => this.scan(stopping);
    this.wakeUp = this.scheduler.start({ name: 'deliveries', everyMs: SCAN_MS, run });
    const release = (stopping: AbortSignal) => this.releaseHeld(stopping);
    this.scheduler.start({ name: 'held-deliveries', everyMs: HELD_MS, run: release });
  }

  async beforeApplicationShutdown() {
    this.isStopping = true;
    const late = setTimeout(() => this.attempts.stop(), STOPPING_MS);
    await this.lanes.drain();
    await Promise.all(this.recording);
    clearTimeout(late);
  }

  /** Settles when it is in the queue. Where it can go at once it is claimed in the same append. */
  async queue(queued: DeliveryQueued['data'], context: Context): Promise<void> {
    const { deliveryId, destination, inboxId, notBefore } = queued;
    const { tenantId, correlationId } = context;
    const scope = { tenantId, inboxId };
    const offer = { deliveryId, destination, scope, correlationId, scheduled: null };
    const isDue = notBefore <= context.now;
    if (!isDue || this.isStopping || this.offered.has(deliveryId) || !this.lanes.hasRoom(destination)) {
      await this.commands.execute(new QueueDelivery({ ...queued, claim: null }), context);
      if (isDue) this.offer(offer);
      return;
    }
    // A claim is made once: delivered again, this must not take its own of then for one that nobody acted on.
    const once = { ...context, newId: idsFrom(randomUUID(), context.now) };
    await this.enter(offer, async (claim) => {
      const command = new QueueDelivery({ ...queued, claim });
      return (await this.commands.execute(command, once)).events;
    });
  }

  /** A delivery that is due. One that is on its way already is done once. */
  offer(offer: Offer) {
    const { deliveryId } = offer;
    if (this.isStopping || this.offered.has(deliveryId)) return;
    this.isMore = this.offered.size >= IN_MEMORY;
    if (this.isMore || this.lanes.waiting(offer.destination) >= EACH_IN_MEMORY) return;
    const start: Start = async (claim, context) => {
      if (!claim) return [];
      const command = new StartAttempt({ deliveryId, ...claim });
      return (await this.commands.execute(command, context)).events;
    };
    // What could not be started is logged, and found again by the scan.
    this.enter(offer, start).catch(() => undefined);
  }

  /** Looks for what is due before its time to look has come. */
  wake() {
    this.isMore = false;
    this.wakeUp();
  }

  /** What waits for an inbox or a domain that may send again; what an operator holds waits for him. */
  async releaseHeld(stopping?: AbortSignal): Promise<void> {
    for await (const { document, scope } of this.directory.held()) {
      if (stopping?.aborted) return;
      const { deliveryId, heldFor } = document;
      const scheduled = scheduledOf(document);
      const obstacle = heldFor === OPERATOR ? OPERATOR : await this.directory.obstacle(scope, scheduled);
      if (obstacle === PURGED)
        await this.commands.execute(new DropDelivery({ deliveryId }), this.cause(scope));
      if (obstacle) continue;
      const release = new ReleaseDelivery({ deliveryId, nextAttemptAt: this.clock.now() });
      await this.commands.execute(release, this.cause(scope));
      this.offer({ ...document, scope, scheduled });
    }
  }

  private async scan(stopping: AbortSignal) {
    const now = this.clock.now();
    this.attempts.forgetAway(now);
    for await (const { document, scope } of this.directory.underWay()) {
      if (stopping.aborted) return;
      const { deliveryId, attempt, runner, dueAt, expiresAt } = document;
      // Not offered here, one of ours broke; with stores of its own there is one process, and of another it died.
      const isOurs = runner === this.attempts.runner;
      const isOrphan = isOurs || this.config.eventStore.url === 'embedded';
      if (this.offered.has(deliveryId) || (!isOrphan && dueAt > now)) continue;
      // What breaks again and again is not worth one attempt a scan.
      const again = isOurs && attempt > 1 ? nextAttemptAt(attempt - 1, null, now, expiresAt) : null;
      const command = new DeclareUncertain({ deliveryId, attempt, nextAttemptAt: again ?? now });
      // Planned again meanwhile, it would be left to nobody until the next scan.
      this.offered.add(deliveryId);
      await this.commands.execute(command, this.cause(scope)).finally(() => this.offered.delete(deliveryId));
      if (!again) this.offer({ ...document, scope, scheduled: null });
    }
    for await (const { document, scope } of this.directory.due(now)) {
      if (stopping.aborted || this.isMore) return;
      this.offer({ ...document, scope, scheduled: scheduledOf(document) });
    }
  }

  /** Settles once it is claimed, or held back; rejects where it could not be. The attempt goes on from there. */
  private enter(offer: Offer, start: Start): Promise<void> {
    const entered = Promise.withResolvers<void>();
    const { deliveryId, destination } = offer;
    this.offered.add(deliveryId);
    const failed = (error: unknown): Made => {
      entered.reject(error);
      // Another process has it, or it was held or done meanwhile.
      const isTaken = isDomainError(error) && error.code === 'delivery-not-due';
      if (!isTaken && !this.isStopping) this.logger.error(`${deliveryId}: ${reasonOf(error)}`);
      return NOTHING;
    };
    this.lanes.add(destination, async () => {
      const { verdict, recorded } = await this.attempt(offer, start, entered.resolve).catch(failed);
      const done: Promise<void> = recorded.catch(failed).then(() => this.leave(deliveryId, done));
      this.recording.add(done);
      while (this.recording.size > RECORDED_AT_ONCE) await Promise.race(this.recording);
      return verdict;
    });
    return entered.promise;
  }

  private leave(deliveryId: string, done: Promise<void>) {
    this.recording.delete(done);
    this.offered.delete(deliveryId);
    if (this.isMore && this.offered.size < IN_MEMORY / 2) this.wake();
  }

  private async attempt(
    { deliveryId, scope, correlationId, scheduled }: Offer,
    start: Start,
    entered: () => void,
  ): Promise<Made> {
    const context = this.cause(scope, correlationId);
    const reason = await this.directory.obstacle(scope, scheduled);
    const claim = reason === null ? this.attempts.claim(context.now) : null;
    const events = (await start(claim, context)) as readonly DeliveryEvent[];
    const last = events.at(-1);
    // Planned again after a crash, it may have gone on since: that stays as it is.
    if (reason !== null && (!last || last.type === 'DeliveryQueued'))
      await this.commands.execute(new HoldDelivery({ deliveryId, reason }), context);
    entered();
    return claim && isClaimedBy(claim, last) ? this.attempts.make(events, context) : NOTHING;
  }

  private cause(scope: Scope, correlationId?: string): Context {
    const actor = { type: 'system', id: 'delivery' } as const;
    return newCause({ ...scope, actor, now: this.clock.now(), ...(correlationId && { correlationId }) });
  }
}

const isClaimedBy = ({ runner, deadline }: Claim, last: DeliveryEvent | undefined): boolean =>
  last?.type === 'AttemptStarted' && last.data.runner === runner && last.data.deadline === deadline;
