import type { Event, OfType } from '#kernel/messages';
import { utc } from '#platform/time/utc';
import type { SessionEvent, TenantEvent, UserEvent } from '../accounts/events.js';
import type { AddressFailed, DeliveryEvent } from '../delivery/events.js';
import type { DomainEvent } from '../domains/events.js';
import type { InboxEvent } from '../inboxes/events.js';
import type { MessageEvent, ThreadsMerged } from '../mailbox/events.js';
import type { SuppressionEvent } from '../suppressions/events.js';
import type { TokenEvent } from '../tokens/events.js';

/** Everything that may happen. An event that is new here does not compile until it says whether it is audited. */
type Happening =
  | TenantEvent
  | UserEvent
  | SessionEvent
  | TokenEvent
  | DomainEvent
  | InboxEvent
  | MessageEvent
  | ThreadsMerged
  | DeliveryEvent
  | AddressFailed
  | SuppressionEvent;

/**
 * What is told of an event: that it happened, to what, and the settings that it left; never what somebody wrote.
 * Only fields that are not personal may be used, for the others are not opened here.
 */
export type Told = Readonly<{
  action: string;
  resource: Readonly<{ type: string; id: string }>;
  summary: string;
  changes?: Readonly<Record<string, unknown>>;
}>;

type Tellers = {
  readonly [Type in Happening['type']]: ((data: OfType<Happening, Type>['data']) => Told | null) | null;
};

const of =
  (type: string, action: string, summary: string) =>
  (id: string, changes?: Told['changes']): Told => ({
    action,
    resource: { type, id },
    summary,
    ...(changes && { changes }),
  });

/** How a message is marked, and where it lies; a client does that all the time. */
export const MESSAGE_CHANGED = 'message.changed';

const inboxChanged = (summary: string) => of('inbox', 'inbox.changed', summary);
const sent = of('message', 'message.sent', 'A message was accepted for sending');
const changed = of('message', MESSAGE_CHANGED, 'A message was marked or moved');
const deleted = of('message', 'message.deleted', 'A message was moved to the trash');
const erased = of('message', 'message.deleted', 'A message was erased for good');

/** By event: null is not audited, be it a step within something that is or no act of anybody. */
const TELLERS = {
  TenantCreated: null,
  PlanChanged: ({ tenantId, plan, governanceTier, proControls }) =>
    of(
      'tenant',
      'plan.changed',
      'The plan was changed',
    )(tenantId, {
      plan,
      governance_tier: governanceTier,
      pro_controls: proControls,
    }),

  UserCreated: ({ userId, role }) => of('user', 'user.created', 'A user was created')(userId, { role }),
  PasswordChanged: ({ userId }) =>
    of('user', 'user.password_changed', 'A user was given another password')(userId),
  UserSignedIn: ({ userId }) => of('user', 'user.signed_in', 'A user signed in')(userId),
  UserSignedOut: ({ userId, reason }) =>
    of('user', 'user.signed_out', 'A session of a user was ended')(userId, { reason }),

  TokenCreated: ({ tokenId, label, scopes, requiresApproval, expiresAt }) =>
    of(
      'token',
      'token.created',
      'A token was created',
    )(tokenId, {
      label,
      scopes,
      requires_approval: requiresApproval,
      expires_at: utc(expiresAt),
    }),
  TokenRotated: ({ tokenId, graceUntil }) =>
    of('token', 'token.rotated', 'A token was given a new value')(tokenId, { grace_until: utc(graceUntil) }),
  TokenPaused: ({ tokenId }) =>
    of('token', 'token.paused', 'A token was paused')(tokenId, { status: 'paused' }),
  TokenResumed: ({ tokenId }) =>
    of('token', 'token.resumed', 'A token was resumed')(tokenId, { status: 'active' }),
  TokenRevoked: ({ tokenId }) =>
    of('token', 'token.revoked', 'A token was revoked')(tokenId, { status: 'revoked' }),

  DomainAdded: ({ domainId, domain, domainUse, dmarcPolicy }) =>
    of(
      'domain',
      'domain.added',
      'A domain was added',
    )(domainId, {
      domain,
      domain_use: domainUse,
      dmarc_policy: dmarcPolicy,
    }),
  DomainChecked: null,
  DomainVerified: ({ domainId, domain }) =>
    of('domain', 'domain.verified', 'A domain was verified')(domainId, { domain, status: 'verified' }),
  DomainClaimLost: null,
  DomainDegraded: null,
  DomainRecovered: null,
  DomainRemoved: ({ domainId, domain }) =>
    of('domain', 'domain.removed', 'A domain was removed')(domainId, { domain }),

  InboxCreated: ({ inboxId, address, ownerUserId }) =>
    of(
      'inbox',
      'inbox.created',
      'An inbox was created',
    )(inboxId, {
      address,
      owner_user_id: ownerUserId,
    }),
  InboxRenamed: ({ inboxId }) => inboxChanged('An inbox was renamed')(inboxId),
  InboxOwnerChanged: ({ inboxId, ownerUserId }) =>
    inboxChanged('An inbox was given another owner')(inboxId, { owner_user_id: ownerUserId }),
  InboxSuspended: ({ inboxId }) => inboxChanged('An inbox was suspended')(inboxId, { status: 'suspended' }),
  InboxResumed: ({ inboxId }) => inboxChanged('An inbox was resumed')(inboxId, { status: 'active' }),
  InboxDeactivated: ({ inboxId }) =>
    inboxChanged('An inbox was deactivated')(inboxId, { status: 'suspended', agent_access: false }),
  InboxReactivated: ({ inboxId }) =>
    inboxChanged('An inbox was reactivated')(inboxId, { status: 'active', agent_access: true }),
  InboxClosing: ({ inboxId, purgeAt }) =>
    of(
      'inbox',
      'inbox.closing',
      'An inbox was closed',
    )(inboxId, { status: 'closing', purge_at: utc(purgeAt) }),
  InboxRestored: ({ inboxId }) => of('inbox', 'inbox.restored', 'An inbox was restored')(inboxId),
  InboxPurged: ({ inboxId }) =>
    of('inbox', 'inbox.purged', 'An inbox was purged')(inboxId, { status: 'purged' }),
  InboxConfigChanged: ({ inboxId, ...config }) =>
    of(
      'inbox',
      'config.changed',
      'The settings of an inbox were changed',
    )(inboxId, {
      default_timezone: config.defaultTimezone,
      missed_reply_threshold_days: config.missedReplyThresholdDays,
      label_inference_threshold: config.labelInferenceThreshold,
      collaboration_enabled: config.collaborationEnabled,
    }),

  MessageAccepted: null,
  MessageReceived: ({ messageId, folder }) =>
    of('message', 'message.received', 'A message was received')(messageId, { folder }),
  MessageQueued: ({ messageId, sendAt }) => sent(messageId, sendAt ? { send_at: utc(sendAt) } : undefined),
  MessageFlagged: ({ messageId, isRead, isFlagged }) =>
    changed(messageId, { is_read: isRead, is_flagged: isFlagged }),
  MessageMoved: ({ messageId, folder }) =>
    folder === 'trash' ? deleted(messageId) : changed(messageId, { folder }),
  MessageRethreaded: null,
  MessageErased: ({ messageId }) => erased(messageId),
  ThreadsMerged: null,

  DeliveryQueued: null,
  AttemptStarted: null,
  AttemptFinished: null,
  DeliveryUncertain: null,
  DeliveryHeld: null,
  DeliveryReleased: null,
  DeliveryDropped: ({ messageId, deliveryId }) =>
    of(
      'message',
      'message.dropped',
      'The delivery of a message was dropped',
    )(messageId, {
      delivery_id: deliveryId,
    }),
  RecipientReported: null,
  AddressFailed: null,

  AddressSuppressed: ({ suppressionId, reason }) =>
    of('suppression', 'suppression.added', 'An address is written to no more')(suppressionId, { reason }),
  SuppressionLifted: ({ suppressionId }) =>
    of('suppression', 'suppression.lifted', 'An address may be written to again')(suppressionId),
} satisfies Tellers;

type AuditedType = {
  [Type in Happening['type']]: (typeof TELLERS)[Type] extends null ? never : Type;
}[Happening['type']];
export type Audited = OfType<Happening, AuditedType>;

/** Of which it is said whether they are audited. */
export const DECIDED_TYPES: readonly string[] = Object.keys(TELLERS);

export const AUDITED_TYPES = Object.entries(TELLERS).flatMap(([type, teller]) =>
  teller ? [type as AuditedType] : [],
);

/** Null for an event that may be told, but not in this form. */
export const told = (event: Audited): Told | null => {
  const teller = TELLERS[event.type] as (data: Event['data']) => Told | null;
  return teller(event.data);
};
