import type { Reason } from './events.js';

const MINUTE = 60_000;

/** How long a message is worth trying: RFC 5321 section 4.5.4.1. */
export const EXPIRES_AFTER_MS = 5 * 24 * 60 * MINUTE;

/** Minutes after each attempt; the last holds for all that follow. */
const USUAL = [1, 5, 15, 30, 60, 120, 240];
const AFTER: Readonly<Partial<Record<Reason, readonly number[]>>> = {
  // It said when by being busy: not sooner than it takes to drain a queue.
  'rate-limited': [1, 10, 30, 60, 120, 240],
  // A mistake in somebody's set-up is mended by a person.
  tls: [1, 15, 60, 240],
  dns: [1, 15, 60, 240],
  'mailbox-full': [1, 60, 240],
};

/**
 * When to try again, ISO 8601; null once the message has expired. The last attempt is made when it expires.
 * `attempt`: the one that has just failed, from 1.
 */
export const nextAttemptAt = (
  attempt: number,
  reason: Reason | null,
  now: string,
  expiresAt: string,
): string | null => {
  const minutes = (reason && AFTER[reason]) ?? USUAL;
  const wait = minutes[Math.min(attempt, minutes.length) - 1] ?? 1;
  const [from, end] = [Date.parse(now), Date.parse(expiresAt)];
  return from >= end ? null : new Date(Math.min(from + wait * MINUTE, end)).toISOString();
};
