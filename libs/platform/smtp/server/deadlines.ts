import type { Phase } from './effects.js';
import type { Limits } from './limits.js';
import { IDLE, TOO_SLOW, type Reply } from './replies.js';

/** Since when a connection is in its phase, in one transaction, in one message; milliseconds of a steady clock. */
export type Progress = Readonly<{
  phase: Phase | 'securing';
  /** Commands so far; each is a new beginning of its phase. */
  heard: number;
  phaseSince: number;
  transactionSince: number | null;
  contentSince: number | null;
  contentBytes: number;
}>;

/** What a client that takes too long hears last; null while it does not. Our own slowness is not held against it. */
export const overdue = (progress: Progress, now: number, limits: Limits): Reply | null => {
  const { phase, phaseSince, transactionSince, contentSince, contentBytes } = progress;
  if (phase === 'idle' && now - phaseSince > limits.idleMs) return IDLE;
  if ((phase === 'command' || phase === 'securing') && now - phaseSince > limits.commandMs) return TOO_SLOW;
  if (phase === 'waiting') return null;
  if (transactionSince !== null && now - transactionSince > limits.transactionMs) return TOO_SLOW;
  if (phase !== 'content' || contentSince === null) return null;
  const took = now - contentSince;
  const enough = (limits.bytesPerSecond * took) / 1_000;
  return took > limits.rateGraceMs && contentBytes < enough ? TOO_SLOW : null;
};

/** Where a connection is after something happened. */
export const progressed = (
  before: Progress,
  now: number,
  { phase, heard, isInTransaction }: Readonly<{ phase: Phase; heard: number; isInTransaction: boolean }>,
): Progress => {
  if (before.phase === 'securing' && phase === 'waiting') return before;
  const begins = phase === 'content' && before.phase !== 'content';
  return {
    phase,
    heard,
    phaseSince: phase === before.phase && heard === before.heard ? before.phaseSince : now,
    transactionSince: isInTransaction ? (before.transactionSince ?? now) : null,
    contentSince: begins ? now : before.contentSince,
    contentBytes: begins ? 0 : before.contentBytes,
  };
};

export const beginning = (now: number): Progress => ({
  phase: 'idle',
  heard: 0,
  phaseSince: now,
  transactionSince: null,
  contentSince: null,
  contentBytes: 0,
});
