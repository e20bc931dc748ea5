import type { Recorded } from '#kernel/messages';
import type {
  AttemptFinished,
  DeliveryEvent,
  DeliveryQueued,
  RecipientReported,
} from '../delivery/events.js';

export type RecipientStatus = 'queued' | 'sending' | 'deferred' | 'delivered' | 'bounced' | 'held';
export type MessageStatus = RecipientStatus | 'sent' | 'failed';

/** `confirmed`: a delivery report said so, or it lies in an inbox of ours. */
export type Recipient = Readonly<{
  email: string;
  status: RecipientStatus;
  attempts: number;
  lastReply: string | null;
  nextAttemptAt: string | null;
  confirmed: boolean;
}>;
export type Delivery = Readonly<{ isLocal: boolean; recipients: readonly Recipient[] }>;

/** By the id of the delivery; the order of the recipients is that of the deliveries. */
export type Deliveries = Readonly<Record<string, Delivery>>;

/** What became of each recipient, one event further. */
export const advance = (deliveries: Deliveries, event: Recorded<DeliveryEvent>): Deliveries => {
  const { deliveryId } = event.data;
  if (event.type === 'DeliveryQueued') return { ...deliveries, [deliveryId]: queued(event.data) };
  const delivery = deliveries[deliveryId];
  if (!delivery) return deliveries;
  const recipients = delivery.recipients.map((recipient, index) => ({
    ...recipient,
    ...changes(event, recipient, index, delivery),
  }));
  return { ...deliveries, [deliveryId]: { ...delivery, recipients } };
};

export const recipientsOf = (deliveries: Deliveries): readonly Recipient[] =>
  Object.values(deliveries).flatMap((delivery) => delivery.recipients);

/** Of the whole message, from all its recipients. */
export const statusOf = (deliveries: Deliveries): MessageStatus => {
  const recipients = recipientsOf(deliveries);
  const some = (status: RecipientStatus) => recipients.some((recipient) => recipient.status === status);
  const open = OPEN.find(some);
  if (open || recipients.length === 0) return open ?? 'queued';
  const accepted = recipients.filter(({ status }) => status === 'delivered');
  if (accepted.length === 0) return 'bounced';
  return recipients.every(({ confirmed }) => confirmed) ? 'delivered' : 'sent';
};

/** The least advanced first. */
const OPEN = ['held', 'queued', 'sending', 'deferred'] as const;

const queued = ({ recipients, destination, notBefore }: DeliveryQueued['data']): Delivery => ({
  isLocal: destination === 'local',
  recipients: recipients.map((email) => ({
    email,
    status: 'queued',
    attempts: 0,
    lastReply: null,
    nextAttemptAt: notBefore,
    confirmed: false,
  })),
});

const changes = (
  { type, data }: Recorded<Exclude<DeliveryEvent, DeliveryQueued>>,
  recipient: Recipient,
  index: number,
  { isLocal }: Delivery,
): Partial<Recipient> => {
  if (type === 'RecipientReported') return data.recipient === index ? reported(data, recipient) : {};
  const isOpen = recipient.status !== 'delivered' && recipient.status !== 'bounced';
  if (!isOpen) return {};
  switch (type) {
    case 'AttemptStarted':
      return { status: 'sending', attempts: data.attempt, nextAttemptAt: null };
    case 'AttemptFinished':
      return finished(data, index, isLocal);
    case 'DeliveryUncertain':
      return { status: 'deferred', nextAttemptAt: data.nextAttemptAt };
    case 'DeliveryHeld':
      return { status: 'held', nextAttemptAt: null };
    case 'DeliveryReleased':
      return { status: recipient.attempts > 0 ? 'deferred' : 'queued', nextAttemptAt: data.nextAttemptAt };
    case 'DeliveryDropped':
      return { status: 'bounced', nextAttemptAt: null };
  }
};

const finished = (data: AttemptFinished['data'], index: number, isLocal: boolean): Partial<Recipient> => {
  const at = data.outcomes.findIndex((outcome) => outcome.recipient === index);
  const outcome = data.outcomes[at]?.outcome ?? 'deferred';
  return {
    status: outcome,
    lastReply: data.replies[at] ?? null,
    nextAttemptAt: outcome === 'deferred' ? data.nextAttemptAt : null,
    confirmed: isLocal && outcome === 'delivered',
  };
};

/**
 * A delay or a complaint says nothing new about where the message is, and a report without words nothing in place of
 * what was said before.
 */
const reported = ({ kind, reply }: RecipientReported['data'], before: Recipient): Partial<Recipient> => {
  const lastReply = reply ?? before.lastReply;
  if (kind === 'bounce') return { status: 'bounced', lastReply, nextAttemptAt: null, confirmed: false };
  if (kind === 'delivered') return { status: 'delivered', lastReply, nextAttemptAt: null, confirmed: true };
  return {};
};
