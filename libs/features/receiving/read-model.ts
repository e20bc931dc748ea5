import { projection } from '#kernel/projection';
import type { InboxClosing, InboxCreated, InboxPurged, InboxRestored } from '../inboxes/events.js';

export type Postmaster = Readonly<{ tenantId: string; inboxId: string }>;
/** Inboxes that may stand in for the postmaster, oldest first, of the ten oldest. */
export type Postmasters = Readonly<{ candidates: readonly Postmaster[] }>;

const MOST = 10;
/** The key of those of the whole installation, for `<Postmaster>` without a domain. */
export const HERE = 'here';

/**
 * Every domain that takes mail has a postmaster (RFC 5321 section 4.5.1): where no inbox has that name, it is the
 * oldest open inbox of the domain.
 */
export const postmasters = projection<Postmasters, InboxCreated | InboxClosing | InboxRestored | InboxPurged>(
  {
    name: 'postmasters',
    version: 1,
    key: ({ data: { address } }) => [address.slice(address.lastIndexOf('@') + 1), HERE],
    queries: {},

    on: {
      InboxCreated: (found, { data: { inboxId }, metadata: { tenantId } }) =>
        joined(found, { tenantId, inboxId }),
      InboxRestored: (found, { data: { inboxId }, metadata: { tenantId } }) =>
        joined(found, { tenantId, inboxId }),
      InboxClosing: (found, { data }) => without(found, data.inboxId),
      InboxPurged: (found, { data }) => without(found, data.inboxId),
    },
  },
);

const joined = (found: Postmasters | null, inbox: Postmaster): Postmasters => ({
  candidates: [...(without(found, inbox.inboxId)?.candidates ?? []), inbox].slice(0, MOST),
});

const without = (found: Postmasters | null, inboxId: string): Postmasters | null =>
  found && { candidates: found.candidates.filter((inbox) => inbox.inboxId !== inboxId) };
