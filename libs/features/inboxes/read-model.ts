import type { Recorded } from '#kernel/messages';
import { projection } from '#kernel/projection';
import type {
  InboxConfig,
  InboxConfigChanged,
  InboxEvent,
  InboxOwnerChanged,
  InboxRenamed,
  InboxStatus,
} from './events.js';

export type InboxView = Readonly<{
  inboxId: string;
  address: string;
  domain: string;
  displayName: string | null;
  status: InboxStatus;
  /** Whether its agents' tokens are accepted, as far as the inbox decides. */
  agentAccess: boolean;
  ownerUserId: string;
  /** Shown in a list that asks for no status. */
  listed: boolean;
  createdAt: string;
  closingAt: string | null;
  purgeAt: string | null;
  purgedAt: string | null;
  /** Null until something was set. */
  config: InboxConfig | null;
  configuredAt: string | null;
  revision: string;
}>;

/** Saved before a change is answered: every request of an agent reads its inbox. */
export const inboxes = projection<InboxView, InboxEvent, 'newest'>({
  name: 'inboxes',
  version: 1,
  key: ({ data }) => data.inboxId,
  queries: { newest: { reach: 'tenant', filter: ['status', 'listed'], sort: ['-createdAt'] } },
  personal: true,

  on: {
    InboxCreated: (_, event) => ({
      ...event.data,
      status: 'active',
      agentAccess: true,
      listed: true,
      createdAt: event.metadata.occurredAt,
      closingAt: null,
      purgeAt: null,
      purgedAt: null,
      config: null,
      configuredAt: null,
      revision: String(event.revision),
    }),
    InboxRenamed: (inbox, event) => changed(inbox, event, { displayName: event.data.displayName }),
    InboxOwnerChanged: (inbox, event) => changed(inbox, event, { ownerUserId: event.data.ownerUserId }),
    InboxSuspended: (inbox, event) => changed(inbox, event, { status: 'suspended' }),
    InboxResumed: (inbox, event) => changed(inbox, event, { status: 'active' }),
    InboxDeactivated: (inbox, event) => changed(inbox, event, { status: 'suspended', agentAccess: false }),
    InboxReactivated: (inbox, event) =>
      changed(inbox, event, { status: event.data.status, agentAccess: true }),
    InboxClosing: (inbox, event) => {
      const { closingAt, purgeAt } = event.data;
      return changed(inbox, event, { status: 'closing', closingAt, purgeAt });
    },
    InboxRestored: (inbox, event) => {
      const { status, agentAccess } = event.data;
      return changed(inbox, event, { status, agentAccess, closingAt: null, purgeAt: null });
    },
    InboxPurged: (inbox, event) =>
      changed(inbox, event, {
        status: 'purged',
        agentAccess: false,
        listed: false,
        displayName: null,
        config: null,
        purgedAt: event.metadata.occurredAt,
      }),
    InboxConfigChanged: (inbox, event) => {
      const { inboxId, ...config } = event.data;
      return changed(inbox, event, { config, configuredAt: event.metadata.occurredAt });
    },
  },
});

const changed = (inbox: InboxView | null, { revision }: Recorded, changes: Partial<InboxView>) =>
  inbox && { ...inbox, ...changes, revision: String(revision) };

export type InboxAddress = Readonly<{
  address: string;
  inboxId: string;
  tenantId: string;
  status: InboxStatus;
  agentAccess: boolean;
}>;

type Addressed = Exclude<InboxEvent, InboxRenamed | InboxOwnerChanged | InboxConfigChanged>;

/** Whose an address is, by the address; gone once it is purged. */
export const inboxAddresses = projection<InboxAddress, Addressed>({
  name: 'inbox-addresses',
  version: 1,
  key: ({ data }) => data.address,
  queries: {},

  on: {
    InboxCreated: (_, { data: { address, inboxId }, metadata: { tenantId } }) => ({
      address,
      inboxId,
      tenantId,
      status: 'active',
      agentAccess: true,
    }),
    InboxSuspended: (found) => found && { ...found, status: 'suspended' },
    InboxResumed: (found) => found && { ...found, status: 'active' },
    InboxDeactivated: (found) => found && { ...found, status: 'suspended', agentAccess: false },
    InboxReactivated: (found, { data }) => found && { ...found, status: data.status, agentAccess: true },
    InboxClosing: (found) => found && { ...found, status: 'closing' },
    InboxRestored: (found, { data: { status, agentAccess } }) => found && { ...found, status, agentAccess },
    InboxPurged: () => null,
  },
});
