/** What the webhook of an inbox may be told of; what concerns the tenant as a whole is not among it. */
const TYPES: readonly string[] = [
  'message.received',
  'message.sent',
  'message.bounced',
  'thread.reply_missed',
  'label.applied',
  'label.removed',
  'event.created',
  'event.updated',
  'event.cancelled',
  'contact.any',
  'contact.share_received',
  'contact.handoff_received',
  'thread.assigned',
  'cap.reached',
  'storage.threshold',
  'auth.failed',
];

/** `contact.birthday`, or any other kind of anniversary. */
const ANNIVERSARY = /^contact\.[a-z][a-z0-9_]{0,49}$/;

export const isInboxEventType = (type: unknown): boolean =>
  typeof type === 'string' && (TYPES.includes(type) || ANNIVERSARY.test(type));
