import { projection } from '#kernel/projection';
import type { MessageErased } from '../mailbox/events.js';
import { SANDBOX, type AttemptFinished, type DeliveryEvent, type DeliveryQueued } from './events.js';

/**
 * The queue, without a word of what is in it or for whom. `dueAt`: the next attempt, or when one under way is
 * given up. `open`: recipients without an outcome, by index.
 */
export type DeliveryView = Readonly<{
  deliveryId: string;
  messageId: string;
  inboxId: string;
  destination: string;
  status: 'waiting' | 'attempting' | 'held' | 'done';
  heldFor: string | null;
  isOpen: boolean;
  dueAt: string;
  attempt: number;
  /** Of the attempt that is under way. */
  runner: string | null;
  recipients: number;
  open: readonly number[];
  lastReason: string | null;
  queuedAt: string;
  expiresAt: string;
}>;

export const deliveries = projection<DeliveryView, DeliveryEvent, 'byDue' | 'byMessage' | 'open'>({
  name: 'deliveries',
  version: 1,
  key: ({ data }) => data.deliveryId,
  queries: {
    byDue: { reach: 'everyone', filter: ['status'], sort: ['dueAt'] },
    byMessage: { filter: ['messageId'], sort: ['queuedAt'] },
    open: { reach: 'everyone', filter: ['isOpen'], sort: ['dueAt'] },
  },

  on: {
    DeliveryQueued: (_, { data, metadata }) => ({
      deliveryId: data.deliveryId,
      messageId: data.messageId,
      inboxId: data.inboxId,
      destination: data.destination,
      status: 'waiting',
      heldFor: null,
      isOpen: true,
      dueAt: data.notBefore,
      attempt: 0,
      runner: null,
      recipients: data.count,
      open: Array.from({ length: data.count }, (_each, index) => index),
      lastReason: null,
      queuedAt: metadata.occurredAt,
      expiresAt: data.expiresAt,
    }),
    AttemptStarted: (found, { data: { attempt, deadline, runner } }) =>
      found && { ...found, status: 'attempting', attempt, runner, dueAt: deadline },
    AttemptFinished: (found, { data: { outcomes, nextAttemptAt } }) => {
      if (!found) return found;
      const settled = outcomes
        .filter(({ outcome }) => outcome !== 'deferred')
        .map(({ recipient }) => recipient);
      const lastReason = outcomes.findLast(({ reason }) => reason !== null)?.reason ?? null;
      return without(
        { ...found, status: 'waiting', lastReason, dueAt: nextAttemptAt ?? found.dueAt },
        settled,
      );
    },
    DeliveryUncertain: (found, { data }) =>
      found && { ...found, status: 'waiting', dueAt: data.nextAttemptAt },
    DeliveryHeld: (found, { data }) => found && { ...found, status: 'held', heldFor: data.reason },
    DeliveryReleased: (found, { data }) =>
      found && { ...found, status: 'waiting', heldFor: null, dueAt: data.nextAttemptAt },
    DeliveryDropped: (found) => found && without({ ...found, lastReason: 'dropped' }, found.open),
    RecipientReported: (found, { data: { kind, recipient } }) =>
      found && without(found, kind === 'bounce' || kind === 'delivered' ? [recipient] : []),
  },
});

const without = (found: DeliveryView, settled: readonly number[]): DeliveryView => {
  const open = found.open.filter((recipient) => !settled.includes(recipient));
  return open.length > 0
    ? { ...found, open }
    : { ...found, open, isOpen: false, status: 'done', heldFor: null };
};

/** A mail that stayed in the sandbox: one for each message, with whom it would have gone to. */
export type SandboxMail = Readonly<{
  messageId: string;
  deliveryId: string;
  blobId: string;
  size: number;
  mailFrom: string;
  recipients: readonly string[];
  isKept: boolean;
  at: string;
}>;

export const sandboxMail = projection<
  SandboxMail,
  DeliveryQueued | AttemptFinished | MessageErased,
  'newest'
>({
  name: 'sandbox-mail',
  version: 1,
  // All other mail leaves no trace here.
  key: (event) => (isElsewhere(event) ? [] : event.data.messageId),
  queries: { newest: { reach: 'everyone', filter: ['isKept'], sort: ['-at'] } },
  personal: true,

  on: {
    DeliveryQueued: (found, { data, erased, metadata }) => {
      if (erased) return found;
      const { messageId, deliveryId, blobId, size, mailFrom, recipients } = data;
      const at = metadata.occurredAt;
      return { messageId, deliveryId, blobId, size, mailFrom, recipients, isKept: false, at };
    },
    AttemptFinished: (found, { data: { deliveryId, outcomes }, metadata }) => {
      if (found?.deliveryId !== deliveryId) return found;
      const kept = outcomes
        .filter(({ outcome }) => outcome === 'delivered')
        .map(({ recipient }) => recipient);
      if (kept.length === 0) return found;
      const recipients = found.recipients.filter((_, index) => kept.includes(index));
      return { ...found, recipients, isKept: true, at: metadata.occurredAt };
    },
    MessageErased: () => null,
  },
});

const isElsewhere = ({ type, data }: DeliveryQueued | AttemptFinished | MessageErased): boolean =>
  (type === 'DeliveryQueued' && data.destination !== SANDBOX) ||
  (type === 'AttemptFinished' && data.peer !== SANDBOX);
