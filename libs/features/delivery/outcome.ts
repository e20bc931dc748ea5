import type { FinishAttempt } from './commands.js';
import { nextAttemptAt } from './backoff.js';
import type { Reason, RecipientOutcome } from './events.js';
import type { Result } from './transport.js';

/** What was said of one recipient; `reply` as the peer said it. */
export type Said = Readonly<{ outcome: Omit<RecipientOutcome, 'recipient'>; reply: string | null }>;
/** A destination that could not be reached, until when that is taken for granted, and what it means. */
export type Away = Said & Readonly<{ until: string }>;

const UNREACHABLE: readonly (Reason | null)[] = ['network', 'dns', 'tls'];

/** What the attempt comes to: when the next one is, or that it was the last. */
export const settle = (
  { outcomes, replies, peer, tls }: Result,
  attempt: number,
  now: string,
  expiresAt: string,
): Omit<FinishAttempt['data'], 'deliveryId' | 'attempt'> => {
  const deferred = outcomes.filter(({ outcome }) => outcome === 'deferred');
  const times = deferred.map(({ reason }) => nextAttemptAt(attempt, reason, now, expiresAt));
  // The most patient of them: a peer is asked for all its recipients at once.
  const next = times.includes(null) ? null : (times.toSorted().at(-1) ?? null);
  const isLast = deferred.length > 0 && next === null;
  return {
    outcomes: isLast ? outcomes.map(expired) : outcomes,
    replies,
    peer,
    tls,
    nextAttemptAt: next,
  };
};

/** RFC 3463 X.4.7: not for want of trying. */
const expired = (outcome: RecipientOutcome): RecipientOutcome =>
  outcome.outcome === 'deferred'
    ? { ...outcome, outcome: 'bounced', status: '5.4.7', reason: 'expired' }
    : outcome;

/** Nobody was there for any of them: the same will be true of the next message. */
export const isAway = ({ outcomes, replies }: Result): Said | null => {
  const [first] = outcomes;
  if (
    !first ||
    !outcomes.every(({ outcome, reason }) => outcome === 'deferred' && UNREACHABLE.includes(reason))
  )
    return null;
  const { recipient: _, ...outcome } = first;
  return { outcome, reply: replies[0] ?? null };
};

export const isTooFast = ({ outcomes }: Result): boolean =>
  outcomes.some(({ reason }) => reason === 'rate-limited');
