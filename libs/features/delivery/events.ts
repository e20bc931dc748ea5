import type { EventCatalog } from '#kernel/event-catalog';
import type { Event } from '#kernel/messages';

export type Outcome = 'delivered' | 'deferred' | 'bounced';

/** What one peer said for one recipient, by its index in `DeliveryQueued`. `status`: enhanced code, RFC 3463. */
export type RecipientOutcome = Readonly<{
  recipient: number;
  outcome: Outcome;
  status: string | null;
  /** The class of what went wrong, such as `user-unknown`, `network`, `tls`, `greylisted`. */
  reason: string | null;
}>;

/**
 * One message on its way to one destination: a domain, `local` for our own inboxes, `sandbox` for the catch-all.
 * `recipients`: envelope addresses. `expiresAt`: five days on, then it bounces.
 */
export type DeliveryQueued = Event<
  'DeliveryQueued',
  {
    deliveryId: string;
    messageId: string;
    inboxId: string;
    destination: string;
    recipients: readonly string[];
    mailFrom: string;
    blobId: string;
    size: number;
    notBefore: string;
    expiresAt: string;
  }
>;
/** The claim: whoever appended it at the expected revision makes the attempt, until the deadline. */
export type AttemptStarted = Event<
  'AttemptStarted',
  { deliveryId: string; messageId: string; attempt: number; deadline: string }
>;
/** `replies`: what the peer said, in the order of `outcomes`. `nextAttemptAt`: while a recipient is open. */
export type AttemptFinished = Event<
  'AttemptFinished',
  {
    deliveryId: string;
    messageId: string;
    attempt: number;
    outcomes: readonly RecipientOutcome[];
    replies: readonly (string | null)[];
    peer: string | null;
    tls: string | null;
    nextAttemptAt: string | null;
  }
>;
/** The deadline passed without an outcome: it is tried again with the same Message-ID. */
export type DeliveryUncertain = Event<
  'DeliveryUncertain',
  { deliveryId: string; messageId: string; attempt: number; nextAttemptAt: string }
>;
/** By the operator, or because the inbox is suspended or the owner must look at it. */
export type DeliveryHeld = Event<'DeliveryHeld', { deliveryId: string; messageId: string; reason: string }>;
export type DeliveryReleased = Event<
  'DeliveryReleased',
  { deliveryId: string; messageId: string; nextAttemptAt: string }
>;
export type DeliveryDropped = Event<'DeliveryDropped', { deliveryId: string; messageId: string }>;
/** A report that came back later says what became of a recipient that the peer had accepted. */
export type RecipientReported = Event<
  'RecipientReported',
  {
    deliveryId: string;
    messageId: string;
    kind: 'bounce' | 'delay' | 'delivered' | 'complaint';
    recipient: number;
    status: string | null;
    reason: string;
    hard: boolean;
    reply: string | null;
  }
>;
export type DeliveryEvent =
  | DeliveryQueued
  | AttemptStarted
  | AttemptFinished
  | DeliveryUncertain
  | DeliveryHeld
  | DeliveryReleased
  | DeliveryDropped
  | RecipientReported;

const bySubject = ({ messageId }: { messageId: string }) => messageId;

export const deliveryEvents: EventCatalog<DeliveryEvent> = {
  DeliveryQueued: {
    version: 1,
    personal: { subject: bySubject, placeholders: { recipients: [], mailFrom: '' } },
  },
  AttemptStarted: { version: 1 },
  AttemptFinished: { version: 1, personal: { subject: bySubject, placeholders: { replies: [] } } },
  DeliveryUncertain: { version: 1 },
  DeliveryHeld: { version: 1 },
  DeliveryReleased: { version: 1 },
  DeliveryDropped: { version: 1 },
  RecipientReported: { version: 1, personal: { subject: bySubject, placeholders: { reply: null } } },
};
