import { projection } from '#kernel/projection';
import type { SuppressionEvent, SuppressionReason } from './events.js';

export type SuppressionView = Readonly<{
  suppressionId: string;
  inboxId: string;
  email: string;
  reason: SuppressionReason;
  status: string | null;
  messageId: string | null;
  createdAt: string;
  revision: string;
}>;

/** Those in force. */
export const suppressions = projection<SuppressionView, SuppressionEvent, 'newest'>({
  name: 'suppressions',
  version: 1,
  key: ({ data }) => data.suppressionId,
  queries: { newest: { filter: ['email', 'reason'], sort: ['-createdAt'] } },
  personal: true,

  on: {
    AddressSuppressed: (_, { data, metadata, revision }) => ({
      ...data,
      createdAt: metadata.occurredAt,
      revision: String(revision),
    }),
    SuppressionLifted: () => null,
  },
});
