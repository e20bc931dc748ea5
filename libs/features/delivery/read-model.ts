import { projection } from '#kernel/projection';
import type { MessageErased } from '../mailbox/events.js';
import { SANDBOX, type AttemptFinished, type DeliveryEvent, type DeliveryQueued } from './events.js';

type Status = 'waiting' | 'attempting' | 'held' | 'done';

/**
 * The queue, without a word of what is in it or for whom. `dueAt`: the next attempt, or when one under way is
 * given up. `place`: among those of its status. `open`: recipients without an outcome, by index.
 */
export type DeliveryView = Readonly<{
  deliveryId: string;
  messageId: string;
  inboxId: string;
  destination: string;
  status: Status;
  heldFor: string | null;
  dueAt: string;
  place: string;
  attempt: number;
  /** Of the attempt that is under way. */
  runner: string | null;
  recipients: number;
  open: readonly number[];
  lastReason: string | null;
  queuedAt: string;
  expiresAt: string;
}>;

/** Each query has the one index that it needs: a delivery is written at every step of every message. */
export const deliveries = projection<DeliveryView, DeliveryEvent, 'byPlace' | 'byMessage'>({
  name: 'deliveries',
  version: 2,
  key: ({ data }) => data.deliveryId,
  queries: {
    byPlace: { reach: 'everyone', sort: ['place'] },
    byMessage: { sort: ['messageId'] },
  },

  on: {
    DeliveryQueued: (_, { data, metadata }) => ({
      deliveryId: data.deliveryId,
      messageId: data.messageId,
      inboxId: data.inboxId,
      destination: data.destination,
      heldFor: null,
      ...placed('waiting', data.notBefore),
      attempt: 0,
      runner: null,
      recipients: data.count,
      open: Array.from({ length: data.count }, (_each, index) => index),
      lastReason: null,
      queuedAt: metadata.occurredAt,
      expiresAt: data.expiresAt,
    }),
    AttemptStarted: (found, { data: { attempt, deadline, runner } }) =>
      found && { ...found, ...placed('attempting', deadline), attempt, runner },
    AttemptFinished: (found, { data: { outcomes, nextAttemptAt } }) => {
      if (!found) return found;
      const settled = outcomes
        .filter(({ outcome }) => outcome !== 'deferred')
        .map(({ recipient }) => recipient);
      // Of those that are still open, if there are any.
      const telling = outcomes.filter(({ reason }) => reason !== null);
      const last = telling.findLast(({ outcome }) => outcome === 'deferred') ?? telling.at(-1);
      const waiting = placed('waiting', nextAttemptAt ?? found.dueAt);
      return without({ ...found, ...waiting, lastReason: last?.reason ?? null }, settled);
    },
    DeliveryUncertain: (found, { data }) => found && { ...found, ...placed('waiting', data.nextAttemptAt) },
    DeliveryHeld: (found, { data }) =>
      found && { ...found, ...placed('held', found.dueAt), heldFor: data.reason },
    DeliveryReleased: (found, { data }) =>
      found && { ...found, ...placed('waiting', data.nextAttemptAt), heldFor: null },
    DeliveryDropped: (found) => found && without({ ...found, lastReason: 'dropped' }, found.open),
    RecipientReported: (found, { data: { kind, recipient } }) =>
      found && without(found, kind === 'bounce' || kind === 'delivered' ? [recipient] : []),
  },
});

const placed = (status: Status, dueAt: string) => ({ status, dueAt, place: `${status} ${dueAt}` });

/** The message of one that waits for its time, or has waited, and was never attempted: so long it can be called off. */
export const scheduledOf = ({ attempt, dueAt, queuedAt, messageId }: DeliveryView): string | null =>
  attempt === 0 && dueAt > queuedAt ? messageId : null;

/** Those of a status, the next one first; `before` a moment. */
export const ofStatus = (status: Status, before = '~') => ({
  since: `${status} `,
  before: `${status} ${before}`,
});

export const ofMessage = (messageId: string) => ({ since: messageId, before: `${messageId} ` });

const without = (found: DeliveryView, settled: readonly number[]): DeliveryView => {
  const open = found.open.filter((recipient) => !settled.includes(recipient));
  return open.length > 0
    ? { ...found, open }
    : { ...found, ...placed('done', found.dueAt), open, heldFor: null };
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
