import type { EventCatalog } from '#kernel/event-catalog';
import type { Event } from '#kernel/messages';

export const SUPPRESSION_REASONS = ['hard-bounce', 'complaint', 'manual'] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

/** From now on nothing goes from this inbox to this address. `status`: enhanced code; `messageId`: what bounced. */
export type AddressSuppressed = Event<
  'AddressSuppressed',
  {
    suppressionId: string;
    inboxId: string;
    email: string;
    reason: SuppressionReason;
    status: string | null;
    messageId: string | null;
  }
>;
export type SuppressionLifted = Event<'SuppressionLifted', { suppressionId: string; inboxId: string }>;
export type SuppressionEvent = AddressSuppressed | SuppressionLifted;

export const suppressionEvents: EventCatalog<SuppressionEvent> = {
  AddressSuppressed: {
    version: 1,
    personal: {
      subject: ({ suppressionId }) => suppressionId,
      placeholders: { email: 'erased@erased.invalid' },
    },
  },
  SuppressionLifted: { version: 1 },
};
