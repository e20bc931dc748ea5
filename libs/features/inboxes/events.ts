import type { EventCatalog } from '#kernel/event-catalog';
import type { Event } from '#kernel/messages';

export const INBOX_STATUSES = ['active', 'suspended', 'closing', 'purged'] as const;
export type InboxStatus = (typeof INBOX_STATUSES)[number];

/** `secretId`: which secret of the vault signs its requests; null: none does. */
export type InboxWebhook = Readonly<{ url: string; events: readonly string[]; secretId: string | null }>;

export type InboxConfig = Readonly<{
  defaultTimezone: string | null;
  missedReplyThresholdDays: number | null;
  signature: string | null;
  labelInferenceThreshold: number | null;
  collaborationEnabled: boolean;
  webhook: InboxWebhook | null;
}>;

/** `address`: lower case, its domain in A-labels; not personal: it is the company's own. */
type At = { inboxId: string; address: string };

export type InboxCreated = Event<
  'InboxCreated',
  At & { domain: string; displayName: string | null; ownerUserId: string }
>;
export type InboxRenamed = Event<'InboxRenamed', { inboxId: string; displayName: string | null }>;
export type InboxOwnerChanged = Event<'InboxOwnerChanged', { inboxId: string; ownerUserId: string }>;
export type InboxSuspended = Event<'InboxSuspended', At>;
export type InboxResumed = Event<'InboxResumed', At>;
/** Suspended, and its agents' tokens refused. */
export type InboxDeactivated = Event<'InboxDeactivated', At>;
/** The status is again what it was before. */
export type InboxReactivated = Event<'InboxReactivated', At & { status: 'active' | 'suspended' }>;
/** `purgeAt`: ISO 8601, UTC; 30 x 24 h later. */
export type InboxClosing = Event<'InboxClosing', At & { closingAt: string; purgeAt: string }>;
/** Status and tokens are again what they were before it was closed. */
export type InboxRestored = Event<
  'InboxRestored',
  At & { status: 'active' | 'suspended'; agentAccess: boolean }
>;
export type InboxPurged = Event<'InboxPurged', At>;
export type InboxConfigChanged = Event<'InboxConfigChanged', { inboxId: string } & InboxConfig>;
export type InboxEvent =
  | InboxCreated
  | InboxRenamed
  | InboxOwnerChanged
  | InboxSuspended
  | InboxResumed
  | InboxDeactivated
  | InboxReactivated
  | InboxClosing
  | InboxRestored
  | InboxPurged
  | InboxConfigChanged;

/** A name or a signature is often somebody's, and a webhook's URL may hold a secret. */
const subject = ({ inboxId }: { inboxId: string }) => inboxId;
const named = { subject, placeholders: { displayName: null } };

export const inboxEvents: EventCatalog<InboxEvent> = {
  InboxCreated: { version: 1, personal: named },
  InboxRenamed: { version: 1, personal: named },
  InboxOwnerChanged: { version: 1 },
  InboxSuspended: { version: 1 },
  InboxResumed: { version: 1 },
  InboxDeactivated: { version: 1 },
  InboxReactivated: { version: 1 },
  InboxClosing: { version: 1 },
  InboxRestored: { version: 1 },
  InboxPurged: { version: 1 },
  InboxConfigChanged: {
    version: 1,
    personal: { subject, placeholders: { signature: null, webhook: null } },
  },
};
