import { DomainError } from '#kernel/errors';
import { projection } from '#kernel/projection';
import { GOVERNANCE_TIERS, type GovernanceTier, type PlanChanged } from './events.js';
import type { Role, TenantCreated, TenantEvent, UserCreated } from './events.js';

export type TenantView = TenantCreated['data'] & Readonly<{ createdAt: string }>;

export const tenants = projection<TenantView, TenantEvent, 'all'>({
  name: 'tenants',
  version: 1,
  key: ({ data }) => data.tenantId,
  queries: { all: { reach: 'everyone', sort: ['createdAt'] } },
  on: {
    TenantCreated: (_, { data, metadata }) => ({ ...data, createdAt: metadata.occurredAt }),
    PlanChanged: (tenant, { data }: { data: PlanChanged['data'] }) => tenant && { ...tenant, ...data },
  },
});

export type UserView = Readonly<{
  userId: string;
  email: string;
  role: Role;
  confirmed: boolean;
  createdAt: string;
}>;

/** Every request of a session reads its user here: so it is saved before a change is answered. */
export const users = projection<UserView, UserCreated, 'byRole'>({
  name: 'users',
  version: 1,
  key: ({ data }) => data.userId,
  queries: { byRole: { reach: 'everyone', filter: ['role'], sort: ['createdAt'] } },
  personal: true,
  on: {
    UserCreated: (_, { data, metadata }) => ({ ...data, createdAt: metadata.occurredAt }),
  },
});

/** Refuses what a tenant's governance tier does not open; a tier holds what those before it hold. */
export const needTier = (tenant: TenantView | null, required: GovernanceTier) => {
  const tier = tenant?.governanceTier ?? 'none';
  if (GOVERNANCE_TIERS.indexOf(tier) < GOVERNANCE_TIERS.indexOf(required))
    throw new DomainError(
      'governance-tier-required',
      'forbidden',
      `This needs the governance tier ${required}`,
      [],
      { required },
    );
};
