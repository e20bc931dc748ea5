import type { EventCatalog } from '#kernel/event-catalog';
import type { Event } from '#kernel/messages';

export type Outcome = 'delivered' | 'deferred' | 'bounced';

/** The destination of what stays here, and the peer that took it. */
export const SANDBOX = 'sandbox';

/** Why a recipient did not get it, or not yet; each is handled in its own way. */
export const REASONS = [
  'user-unknown',
  'mailbox-full',
  'too-large',
  'policy',
  'greylisted',
  'rate-limited',
  'peer',
  'network',
  'tls',
  'dns',
  'no-such-domain',
  'null-mx',
  'smtputf8',
  'suppressed',
  'expired',
  'dropped',
] as const;
export type Reason = (typeof REASONS)[number];

/** What one peer said for one recipient, by its index in `DeliveryQueued`. `status`: enhanced code, RFC 3463. */
export type RecipientOutcome = Readonly<{
  recipient: number;
  outcome: Outcome;
  status: string | null;
  reason: Reason | null;
}>;

/**
 * One message on its way to one destination: a domain, `relay` for the smart host, `local` for our own inboxes,
 * `sandbox` for the catch-all.
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
    /** Of the recipients, for who may not see them. */
    count: number;
    mailFrom: string;
    blobId: string;
    size: number;
    rfcMessageId: string;
    notBefore: string;
    expiresAt: string;
  }
>;
/**
 * The claim: whoever appended it at the expected revision makes the attempt, until the deadline. `runner`: the life
 * of a process, so that what died with one is known without waiting.
 */
export type AttemptStarted = Event<
  'AttemptStarted',
  { deliveryId: string; messageId: string; attempt: number; deadline: string; runner: string }
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
/** The deadline passed, or the peer hung up, without an outcome: it is tried again with the same Message-ID. */
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
/** An address that is not worth writing to again, or must not be: its mailbox is not there, or its owner complained. */
export type AddressFailed = Event<
  'AddressFailed',
  {
    deliveryId: string;
    messageId: string;
    inboxId: string;
    email: string;
    kind: 'hard-bounce' | 'complaint';
    status: string | null;
    reason: string;
  }
>;
/** What became of a message. */
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

export const deliveryEvents: EventCatalog<DeliveryEvent | AddressFailed> = {
  DeliveryQueued: {
    version: 1,
    personal: { subject: bySubject, placeholders: { recipients: [], mailFrom: '', rfcMessageId: '' } },
  },
  AttemptStarted: { version: 1 },
  AttemptFinished: { version: 1, personal: { subject: bySubject, placeholders: { replies: [] } } },
  DeliveryUncertain: { version: 1 },
  DeliveryHeld: { version: 1 },
  DeliveryReleased: { version: 1 },
  DeliveryDropped: { version: 1 },
  RecipientReported: { version: 1, personal: { subject: bySubject, placeholders: { reply: null } } },
  AddressFailed: { version: 1, personal: { subject: bySubject, placeholders: { email: '' } } },
};
