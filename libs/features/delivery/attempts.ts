import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Context } from '#kernel/context';
import { fold } from '#kernel/decider';
import { Clock } from '#platform/clock/clock';
import { Commands } from '#platform/event-sourcing/commands';
import { DeclareUncertain, DropDelivery, FinishAttempt, type Claim } from './commands.js';
import { nextAttemptAt } from './backoff.js';
import { delivery } from './decider.js';
import type { DeliveryEvent } from './events.js';
import type { Verdict } from './lanes.js';
import { isAway, isTooFast, settle, type Away } from './outcome.js';
import { isUnheard, sameForAll, type Attempt, type Result } from './transport.js';
import { Transports } from './transports.js';

/** RFC 5321 section 4.5.3.2 gives a peer 10 minutes for its last answer. */
const ATTEMPT_MS = 12 * 60_000;
const DEADLINE_MS = 15 * 60_000;
/** What is due for a destination that could not be reached is put off without asking it again. */
const AWAY_MS = 30_000;

const UNHEARD = 'unheard';
const LOST = { outcome: 'deferred', status: '4.4.2', reason: 'network' } as const;

/** How the destination took it; `recorded` settles when that is in the log, which takes nothing of its time. */
export type Made = Readonly<{ verdict: Verdict; recorded: Promise<void> }>;
export const NOTHING: Made = { verdict: 'well', recorded: Promise.resolve() };

/** Makes the attempts that this process has claimed, and records what came of them. */
@Injectable()
export class Attempts {
  /** Of this life of the process. */
  readonly runner = randomUUID();
  private readonly away = new Map<string, Away>();
  private readonly underWay = new Set<AbortController>();
  private isStopping = false;

  constructor(
    private readonly transports: Transports,
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  claim(startedAt: string): Claim {
    const deadline = new Date(Date.parse(startedAt) + DEADLINE_MS).toISOString();
    return { startedAt, deadline, runner: this.runner };
  }

  /** From here on nothing is waited for that takes its time. */
  stop() {
    this.isStopping = true;
    for (const attempt of this.underWay) attempt.abort();
  }

  /** Who could not be reached may be tried again. */
  forgetAway(now: string) {
    for (const [destination, { until }] of this.away) if (until <= now) this.away.delete(destination);
  }

  /** `events`: of the delivery, the last of them the claim. Settles when the destination is done with it. */
  async make(events: readonly DeliveryEvent[], context: Context): Promise<Made> {
    const state = fold(delivery, events);
    if (state.status !== 'attempting') return NOTHING;
    const { queued, attempt } = state;
    const { deliveryId, destination } = queued;
    const recipients = state.open.flatMap((index) => {
      const email = queued.recipients[index];
      return email === undefined ? [] : [{ index, email }];
    });
    const known = this.knownAway(destination);
    const result = await this.inTime(async (signal) => {
      const asked = { queued, recipients, context, signal };
      return this.deliver(asked, known).catch((error: unknown) => {
        // What became of it is never known, each time: some day it is over all the same.
        if (context.now >= queued.expiresAt) return sameForAll(asked, LOST, null);
        if (isUnheard(error)) return UNHEARD;
        throw error;
      });
    });
    if (!result) return this.forget(deliveryId, attempt, context);
    const now = this.clock.now();
    if (result === UNHEARD) {
      const again = nextAttemptAt(attempt, LOST.reason, now, queued.expiresAt) ?? now;
      const uncertain = new DeclareUncertain({ deliveryId, attempt, nextAttemptAt: again });
      return { verdict: 'away', recorded: this.record(uncertain, context) };
    }
    const settled = settle(result, attempt, now, queued.expiresAt);
    const recorded = this.record(new FinishAttempt({ deliveryId, attempt, ...settled }), context);
    const away = isAway(result);
    // Only what was tried tells that it is away still.
    if (away && !known) {
      const until = new Date(Date.parse(now) + AWAY_MS).toISOString();
      this.away.set(destination, { ...away, until });
    }
    return { verdict: away ? 'away' : isTooFast(result) ? 'too-fast' : 'well', recorded };
  }

  private async inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    const late = setTimeout(() => over.abort(), ATTEMPT_MS);
    this.underWay.add(over);
    try {
      return await work(over.signal);
    } finally {
      this.underWay.delete(over);
      clearTimeout(late);
    }
  }

  /** Null: there is nothing left to send, its content was erased. */
  private async deliver(attempt: Attempt, away: Away | null): Promise<Result | null> {
    if (attempt.recipients.length === 0) return null;
    return away ? sameForAll(attempt, away.outcome, away.reply) : this.transports.deliver(attempt);
  }

  private knownAway(destination: string): Away | null {
    const away = this.away.get(destination);
    return away && away.until > this.clock.now() ? away : null;
  }

  private async forget(deliveryId: string, attempt: number, context: Context): Promise<Made> {
    const nextAttemptAt = this.clock.now();
    await this.commands.execute(new DeclareUncertain({ deliveryId, attempt, nextAttemptAt }), context);
    await this.commands.execute(new DropDelivery({ deliveryId }), context);
    return NOTHING;
  }

  /** The outcome is known, so it is worth some patience with a store that is away. */
  private async record(command: FinishAttempt | DeclareUncertain, context: Context): Promise<void> {
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
}
