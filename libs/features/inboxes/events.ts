import type { EventCatalog } from '#kernel/event-catalog';
import type { Event } from '#kernel/messages';

export const INBOX_STATUSES = ['active', 'suspended', 'closing', 'purged'] as const;
export type InboxStatus = (typeof INBOX_STATUSES)[number];

export type InboxConfig = Readonly<{
  defaultTimezone: string | null;
  missedReplyThresholdDays: number | null;
  signature: string | null;
  labelInferenceThreshold: number | null;
  collaborationEnabled: boolean;
  webhook: Readonly<{ url: string; events: readonly string[]; hasSecret: boolean }> | null;
}>;

/** `address`: lower case, its domain in A-labels; not personal: it is the company's own. */
export type InboxCreated = Event<
  'InboxCreated',
  { inboxId: string; address: string; domain: string; displayName: string | null; ownerUserId: string }
>;
export type InboxRenamed = Event<'InboxRenamed', { inboxId: string; displayName: string | null }>;
export type InboxOwnerChanged = Event<'InboxOwnerChanged', { inboxId: string; ownerUserId: string }>;
export type InboxSuspended = Event<'InboxSuspended', { inboxId: string }>;
export type InboxResumed = Event<'InboxResumed', { inboxId: string }>;
/** Suspended, and its agents' tokens refused. */
export type InboxDeactivated = Event<'InboxDeactivated', { inboxId: string }>;
export type InboxReactivated = Event<'InboxReactivated', { inboxId: string }>;
/** `purgeAt`: ISO 8601, UTC; 30 x 24 h later. */
export type InboxClosing = Event<'InboxClosing', { inboxId: string; closingAt: string; purgeAt: string }>;
/** The status is again what it was before it was closed. */
export type InboxRestored = Event<'InboxRestored', { inboxId: string }>;
export type InboxPurged = Event<'InboxPurged', { inboxId: string; address: string; purgedAt: string }>;
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

export const inboxEvents: EventCatalog<InboxEvent> = {
  InboxCreated: { version: 1 },
  InboxRenamed: { version: 1 },
  InboxOwnerChanged: { version: 1 },
  InboxSuspended: { version: 1 },
  InboxResumed: { version: 1 },
  InboxDeactivated: { version: 1 },
  InboxReactivated: { version: 1 },
  InboxClosing: { version: 1 },
  InboxRestored: { version: 1 },
  InboxPurged: { version: 1 },
  InboxConfigChanged: { version: 1 },
};
