import type { Context } from '#kernel/context';
import type { DeliveryQueued, RecipientOutcome } from './events.js';

/** `recipients`: those without an outcome, by index, with their addresses. */
export type Attempt = Readonly<{
  queued: DeliveryQueued['data'];
  recipients: readonly Readonly<{ index: number; email: string }>[];
  context: Context;
  /** Ends the attempt: what was not said by then is not known. */
  signal: AbortSignal;
}>;

/** `replies` in the order of `outcomes`. */
export type Result = Readonly<{
  outcomes: readonly RecipientOutcome[];
  replies: readonly (string | null)[];
  peer: string | null;
  tls: string | null;
}>;

/** Where the peer may have the message and did not say so. By its code: an error may come from another realm. */
export class Unheard extends Error {
  readonly code = 'unheard';
}

export const isUnheard = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'unheard';

/** The same for every recipient. */
export const sameForAll = (
  { recipients }: Attempt,
  outcome: Omit<RecipientOutcome, 'recipient'>,
  reply: string | null,
): Result => ({
  outcomes: recipients.map(({ index }) => ({ recipient: index, ...outcome })),
  replies: recipients.map(() => reply),
  peer: null,
  tls: null,
});
