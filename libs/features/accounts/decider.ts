import { aggregate } from '#kernel/aggregate';
import { conflict, notFound } from '#kernel/errors';
import { isSame } from '#kernel/same';
import { ChangePlan, CreateTenant, CreateUser, RecordPasswordChange, SignIn, SignOut } from './commands.js';
import type { SessionCommand, TenantCommand, UserCommand } from './commands.js';
import { sessionEvents, tenantEvents, userEvents } from './events.js';
import type { PlanChanged, SessionEvent, TenantEvent, UserEvent } from './events.js';

type Tenant = { readonly plan: PlanChanged['data'] | null };

export const tenant = aggregate<TenantCommand, Tenant, TenantEvent>({
  category: 'tenant',
  id: ({ data }) => data.tenantId,
  commands: { CreateTenant, ChangePlan },
  events: tenantEvents,
  initialState: { plan: null },

  decide: {
    CreateTenant: (data, { plan }) => {
      if (plan) throw conflict('tenant-exists', 'There is such a tenant already');
      return { type: 'TenantCreated', data };
    },
    ChangePlan: (data, { plan }) => {
      if (!plan) throw notFound();
      return isSame(plan, data) ? [] : { type: 'PlanChanged', data };
    },
  },

  evolve: {
    TenantCreated: (_, { tenantId, plan, governanceTier, proControls }) => ({
      plan: { tenantId, plan, governanceTier, proControls },
    }),
    PlanChanged: (_, plan) => ({ plan }),
  },
});

/** His e-mail address is unique through a reservation; its stream ends where that is taken over. */
export const user = aggregate<UserCommand, { readonly exists: boolean }, UserEvent>({
  category: 'user',
  id: ({ data }) => data.userId,
  commands: { CreateUser, RecordPasswordChange },
  events: userEvents,
  initialState: { exists: false },

  decide: {
    CreateUser: (data, { exists }) => {
      if (exists) throw conflict('user-exists', 'There is such a user already');
      return { type: 'UserCreated', data };
    },
    RecordPasswordChange: (data, { exists }) => {
      if (!exists) throw notFound();
      return { type: 'PasswordChanged', data };
    },
  },

  evolve: {
    UserCreated: () => ({ exists: true }),
    PasswordChanged: (state) => state,
  },
});

type Session = { readonly userId: string | null; readonly status: 'absent' | 'open' | 'over' };

/** What the audit tells of a session; its credentials lie in the vault (`sessions.ts`). */
export const session = aggregate<SessionCommand, Session, SessionEvent>({
  category: 'session',
  id: ({ data }) => data.sessionId,
  commands: { SignIn, SignOut },
  events: sessionEvents,
  initialState: { userId: null, status: 'absent' },

  decide: {
    SignIn: (data, { status }) => {
      if (status !== 'absent') throw conflict('session-exists', 'There is such a session already');
      return { type: 'UserSignedIn', data };
    },
    SignOut: (data, { status, userId }) => {
      if (status !== 'open' || !userId) return [];
      return { type: 'UserSignedOut', data: { ...data, userId } };
    },
  },

  evolve: {
    UserSignedIn: (_, { userId }) => ({ userId, status: 'open' }),
    UserSignedOut: ({ userId }) => ({ userId, status: 'over' }),
  },
});
