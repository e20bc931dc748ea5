import type { EventCatalog } from '#kernel/event-catalog';
import type { Event } from '#kernel/messages';

export const ROLES = ['member', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];
export const PLANS = ['builder', 'startup', 'scale'] as const;
export type Plan = (typeof PLANS)[number];
/** Each holds what those before it hold. */
export const GOVERNANCE_TIERS = ['none', 'token_controls', 'full', 'team'] as const;
export type GovernanceTier = (typeof GOVERNANCE_TIERS)[number];

export type TenantCreated = Event<
  'TenantCreated',
  {
    tenantId: string;
    name: string;
    region: string;
    plan: Plan;
    governanceTier: GovernanceTier;
    proControls: boolean;
  }
>;
export type PlanChanged = Event<
  'PlanChanged',
  { tenantId: string; plan: Plan; governanceTier: GovernanceTier; proControls: boolean }
>;
export type TenantEvent = TenantCreated | PlanChanged;

export type UserCreated = Event<
  'UserCreated',
  { userId: string; email: string; role: Role; confirmed: boolean }
>;
/** The hash lies in the vault. */
export type PasswordChanged = Event<'PasswordChanged', { userId: string }>;
export type UserEvent = UserCreated | PasswordChanged;

/** Each session has a stream, so that a user who signs in every day does not outgrow his own. */
export type UserSignedIn = Event<'UserSignedIn', { sessionId: string; userId: string }>;
export type SignOutReason = 'signed-out' | 'password-changed' | 'refresh-token-reused';
export type UserSignedOut = Event<
  'UserSignedOut',
  { sessionId: string; userId: string; reason: SignOutReason }
>;
export type SessionEvent = UserSignedIn | UserSignedOut;

export const tenantEvents: EventCatalog<TenantEvent> = {
  TenantCreated: { version: 1 },
  PlanChanged: { version: 1 },
};

export const userEvents: EventCatalog<UserEvent> = {
  UserCreated: {
    version: 1,
    personal: { subject: ({ userId }) => userId, placeholders: { email: 'erased@erased.invalid' } },
  },
  PasswordChanged: { version: 1 },
};

export const sessionEvents: EventCatalog<SessionEvent> = {
  UserSignedIn: { version: 1 },
  UserSignedOut: { version: 1 },
};
