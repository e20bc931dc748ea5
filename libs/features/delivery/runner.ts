import { randomUUID } from 'node:crypto';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Context, Scope } from '#kernel/context';
import { fold } from '#kernel/decider';
import { isDomainError, reasonOf } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { newCause } from '#platform/event-sourcing/cause';
import { Commands } from '#platform/event-sourcing/commands';
import { Scheduler } from '#platform/scheduler/scheduler';
import {
  DeclareUncertain,
  DropDelivery,
  FinishAttempt,
  HoldDelivery,
  OPERATOR,
  ReleaseDelivery,
  StartAttempt,
} from './commands.js';
import { delivery } from './decider.js';
import { DeliveryDirectory } from './directory.js';
import type { DeliveryEvent } from './events.js';
import { Lanes, type Verdict } from './lanes.js';
import { isAway, isBusy, settle, type Away } from './outcome.js';
import { Transports } from './transports.js';
import { sameForAll, type Attempt, type Result } from './transport.js';

const SCAN_MS = 5_000;
const HELD_MS = 60_000;
/** More than this is left in the view until there is room. */
const IN_MEMORY = 5_000;
/** RFC 5321 section 4.5.3.2 gives a peer 10 minutes for its last answer. */
const ATTEMPT_MS = 12 * 60_000;
const DEADLINE_MS = 15 * 60_000;
const STOPPING_MS = 4_000;
/** What is due for a destination that could not be reached is put off without asking it again. */
const AWAY_MS = 30_000;

/** No inbox of that id is left, so nothing will ever leave it. */
const PURGED = 'inbox-purged';
const LOST = { outcome: 'deferred', status: '4.4.2', reason: 'network' } as const;

type Offer = Readonly<{ deliveryId: string; destination: string; scope: Scope; correlationId?: string }>;

/** Takes what is due from the queue and makes the attempts. What it holds in memory, the view holds too. */
@Injectable()
export class DeliveryRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DeliveryRunner.name);
  private readonly id = randomUUID();
  private readonly lanes = new Lanes();
  private readonly offered = new Set<string>();
  private readonly away = new Map<string, Away>();
  private readonly stop = new AbortController();
  private isStopping = false;
  private isMore = false;
  private wakeUp = () => {};

  constructor(
    private readonly directory: DeliveryDirectory,
    private readonly transports: Transports,
    private readonly commands: Commands,
    private readonly scheduler: Scheduler,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap() {
    const run = (stopping: AbortSignal) => this.scan(stopping);
    this.wakeUp = this.scheduler.start({ name: 'deliveries', everyMs: SCAN_MS, run });
    const release = (stopping: AbortSignal) => this.releaseHeld(stopping);
    this.scheduler.start({ name: 'held-deliveries', everyMs: HELD_MS, run: release });
  }

  async beforeApplicationShutdown() {
    this.isStopping = true;
    const late = setTimeout(() => this.stop.abort(), STOPPING_MS);
    await this.lanes.drain();
    clearTimeout(late);
  }

  /** A delivery that is due. One that is on its way already is done once. */
  offer(offer: Offer) {
    if (this.isStopping || this.offered.has(offer.deliveryId)) return;
    this.isMore = this.offered.size >= IN_MEMORY;
    if (this.isMore) return;
    this.offered.add(offer.deliveryId);
    this.lanes.add(offer.destination, async () => {
      const verdict = await this.attempt(offer);
      this.offered.delete(offer.deliveryId);
      if (this.isMore && this.offered.size < IN_MEMORY / 2) this.wake();
      return verdict;
    });
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
      const obstacle = heldFor === OPERATOR ? OPERATOR : await this.directory.obstacle(scope);
      if (obstacle === PURGED)
        await this.commands.execute(new DropDelivery({ deliveryId }), this.cause(scope));
      if (obstacle) continue;
      const release = new ReleaseDelivery({ deliveryId, nextAttemptAt: this.clock.now() });
      await this.commands.execute(release, this.cause(scope));
      this.offer({ ...document, scope });
    }
  }

  private async scan(stopping: AbortSignal) {
    const now = this.clock.now();
    for (const [destination, { until }] of this.away) if (until <= now) this.away.delete(destination);
    for await (const { document, scope } of this.directory.underWay()) {
      if (stopping.aborted) return;
      const { deliveryId, attempt, runner, dueAt } = document;
      // With stores of its own there is one process: what another one was doing died with it.
      const isOrphan = this.config.eventStore.url === 'embedded' && runner !== this.id;
      if (this.offered.has(deliveryId) || (!isOrphan && dueAt > now)) continue;
      const command = new DeclareUncertain({ deliveryId, attempt, nextAttemptAt: now });
      await this.commands.execute(command, this.cause(scope));
      this.offer({ ...document, scope });
    }
    for await (const { document, scope } of this.directory.due(now)) {
      if (stopping.aborted || this.isMore) return;
      this.offer({ ...document, scope });
    }
  }

  /** Never rejects: what could not be recorded is found again by the scan. */
  private async attempt(offer: Offer): Promise<Verdict> {
    const context = this.cause(offer.scope, offer.correlationId);
    try {
      const reason = await this.directory.obstacle(offer.scope);
      if (!reason) return await this.make(offer, context);
      await this.commands.execute(new HoldDelivery({ deliveryId: offer.deliveryId, reason }), context);
    } catch (error) {
      // Another process has it, or it was held or done meanwhile.
      const isTaken = isDomainError(error) && error.code === 'delivery-not-due';
      if (!isTaken && !this.isStopping) this.logger.error(`${offer.deliveryId}: ${reasonOf(error)}`);
    }
    return 'well';
  }

  private async make({ deliveryId, destination }: Offer, context: Context): Promise<Verdict> {
    const deadline = new Date(Date.parse(context.now) + DEADLINE_MS).toISOString();
    const start = new StartAttempt({ deliveryId, startedAt: context.now, deadline, runner: this.id });
    const { events } = await this.commands.execute(start, context);
    const state = fold(delivery, events as readonly DeliveryEvent[]);
    if (state.status === 'absent') return 'well';
    const { queued, attempt } = state;
    const recipients = state.open.flatMap((index) => {
      const email = queued.recipients[index];
      return email === undefined ? [] : [{ index, email }];
    });
    const signal = AbortSignal.any([this.stop.signal, AbortSignal.timeout(ATTEMPT_MS)]);
    const asked = { queued, recipients, context, signal };
    const result = await this.deliver(asked).catch((error: unknown) => {
      // What became of it is never known, each time: some day it is over all the same.
      if (context.now < queued.expiresAt) throw error;
      return sameForAll(asked, LOST, null);
    });
    if (!result) return this.forget(deliveryId, attempt, context);
    const now = this.clock.now();
    const settled = settle(result, attempt, now, queued.expiresAt);
    await this.record(new FinishAttempt({ deliveryId, attempt, ...settled }), context);
    const away = isAway(result);
    if (away) {
      const until = new Date(Date.parse(now) + AWAY_MS).toISOString();
      this.away.set(destination, { ...away, until });
    }
    return away || isBusy(result) ? 'busy' : 'well';
  }

  /** Null: there is nothing left to send, its content was erased. */
  private async deliver(attempt: Attempt): Promise<Result | null> {
    if (attempt.recipients.length === 0) return null;
    const away = this.away.get(attempt.queued.destination);
    if (away && away.until > this.clock.now()) return sameForAll(attempt, away.outcome, away.reply);
    return this.transports.deliver(attempt);
  }

  private async forget(deliveryId: string, attempt: number, context: Context): Promise<Verdict> {
    const nextAttemptAt = this.clock.now();
    await this.commands.execute(new DeclareUncertain({ deliveryId, attempt, nextAttemptAt }), context);
    await this.commands.execute(new DropDelivery({ deliveryId }), context);
    return 'well';
  }

  /** The outcome is known, so it is worth some patience with a store that is away. */
  private async record(command: FinishAttempt, context: Context): Promise<void> {
    for (let delay = 100; ; delay *= 2) {
      try {
        await this.commands.execute(command, context);
        return;
      } catch (error) {
        if (this.isStopping || delay > 60_000) throw error;
        await this.clock.sleep(delay);
      }
    }
  }

  private cause(scope: Scope, correlationId?: string): Context {
    const actor = { type: 'system', id: 'delivery' } as const;
    return newCause({ ...scope, actor, now: this.clock.now(), ...(correlationId && { correlationId }) });
  }
}
