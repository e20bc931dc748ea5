import { aggregate } from '#kernel/aggregate';
import { conflict, notFound } from '#kernel/errors';
import { isSame } from '#kernel/same';
import { later } from '#platform/time/later';
import {
  ChangeInbox,
  ChangeInboxConfig,
  CloseInbox,
  PurgeInbox,
  RegisterInbox,
  ReopenInbox,
} from './commands.js';
import type { InboxAction, InboxCommand } from './commands.js';
import { inboxEvents, type InboxConfig, type InboxEvent, type InboxWebhook } from './events.js';

const RETENTION_MS = 30 * 24 * 3_600_000;

export const DEFAULT_CONFIG: InboxConfig = {
  defaultTimezone: null,
  missedReplyThresholdDays: null,
  signature: null,
  labelInferenceThreshold: null,
  collaborationEnabled: false,
  webhook: null,
};

/** What it is apart from being closed: that is what a restored inbox is again. */
type Open = Readonly<{ status: 'active' | 'suspended'; agentAccess: boolean }>;

type Inbox = Readonly<{
  phase: 'absent' | 'open' | 'closing' | 'purged';
  open: Open;
  /** Of a deactivated inbox, what it was before. */
  before: Open['status'];
  address: string;
  displayName: string | null;
  ownerUserId: string;
  purgeAt: string | null;
  config: InboxConfig;
}>;

export const inbox = aggregate<InboxCommand, Inbox, InboxEvent>({
  category: 'inbox',
  id: ({ data }) => data.inboxId,
  commands: { RegisterInbox, ChangeInbox, CloseInbox, ReopenInbox, PurgeInbox, ChangeInboxConfig },
  events: inboxEvents,
  initialState: {
    phase: 'absent',
    open: { status: 'active', agentAccess: true },
    before: 'active',
    address: '',
    displayName: null,
    ownerUserId: '',
    purgeAt: null,
    config: DEFAULT_CONFIG,
  },

  decide: {
    RegisterInbox: (data, { phase }) => {
      if (phase !== 'absent') throw conflict('inbox-exists', 'There is such an inbox already');
      return { type: 'InboxCreated', data };
    },

    ChangeInbox: ({ inboxId, changes: { displayName, action, ownerUserId } }, state) => {
      needOpen(state);
      const events: InboxEvent[] = [];
      if (displayName !== undefined && displayName !== state.displayName)
        events.push({ type: 'InboxRenamed', data: { inboxId, displayName } });
      if (ownerUserId !== undefined && ownerUserId !== state.ownerUserId)
        events.push({ type: 'InboxOwnerChanged', data: { inboxId, ownerUserId } });
      return action ? [...events, ...ACTIONS[action](inboxId, state)] : events;
    },

    CloseInbox: ({ inboxId, now }, { phase, address }) => {
      if (phase === 'absent') throw notFound();
      if (phase === 'purged') throw purged();
      if (phase === 'closing') return [];
      const purgeAt = later(now, RETENTION_MS);
      return { type: 'InboxClosing', data: { inboxId, address, closingAt: now, purgeAt } };
    },

    ReopenInbox: ({ inboxId, isDomainVerified }, { phase, address, open }) => {
      if (phase === 'absent') throw notFound();
      if (phase !== 'closing')
        throw conflict('inbox-not-closing', 'Only an inbox that is closing can be restored');
      if (!isDomainVerified) throw conflict('domain-not-verified', 'Its domain is not verified any more');
      return { type: 'InboxRestored', data: { inboxId, address, ...open } };
    },

    PurgeInbox: ({ inboxId, purgeAt }, state) =>
      state.phase === 'closing' && state.purgeAt === purgeAt
        ? { type: 'InboxPurged', data: { inboxId, address: state.address } }
        : [],

    ChangeInboxConfig: ({ inboxId, changes }, state) => {
      needOpen(state);
      const { webhook: old } = state.config;
      const { webhook = old } = changes;
      const config: InboxConfig = {
        ...state.config,
        ...changes,
        webhook: webhook && { ...webhook, secretId: webhook.secretId ?? keptSecret(webhook, old) },
      };
      return isSame(config, state.config) ? [] : { type: 'InboxConfigChanged', data: { inboxId, ...config } };
    },
  },

  evolve: {
    InboxCreated: (state, { address, displayName, ownerUserId }) => ({
      ...state,
      phase: 'open',
      address,
      displayName,
      ownerUserId,
    }),
    InboxRenamed: (state, { displayName }) => ({ ...state, displayName }),
    InboxOwnerChanged: (state, { ownerUserId }) => ({ ...state, ownerUserId }),
    InboxSuspended: (state) => ({ ...state, open: { ...state.open, status: 'suspended' } }),
    InboxResumed: (state) => ({ ...state, open: { ...state.open, status: 'active' } }),
    InboxDeactivated: (state) => ({
      ...state,
      open: { status: 'suspended', agentAccess: false },
      before: state.open.status,
    }),
    InboxReactivated: (state, { status }) => ({ ...state, open: { status, agentAccess: true } }),
    InboxClosing: (state, { purgeAt }) => ({ ...state, phase: 'closing', purgeAt }),
    InboxRestored: (state) => ({ ...state, phase: 'open', purgeAt: null }),
    InboxPurged: (state) => ({ ...state, phase: 'purged' }),
    InboxConfigChanged: (state, { inboxId, ...config }) => ({ ...state, config }),
  },
});

/** Null clears the secret, and only leaving it out keeps it. */
const keptSecret = (webhook: { secretId?: string | null }, old: InboxWebhook | null) =>
  webhook.secretId === null ? null : (old?.secretId ?? null);

type Action = (inboxId: string, state: Inbox) => readonly InboxEvent[];

/** An action that is in force already changes nothing. */
const ACTIONS: Readonly<Record<InboxAction, Action>> = {
  suspend: (inboxId, { open, address }) =>
    open.status === 'suspended' ? [] : [{ type: 'InboxSuspended', data: { inboxId, address } }],
  resume: (inboxId, { open, address }) => {
    if (!open.agentAccess) throw conflict('inbox-deactivated', 'It is deactivated; reactivate it');
    return open.status === 'active' ? [] : [{ type: 'InboxResumed', data: { inboxId, address } }];
  },
  deactivate: (inboxId, { open, address }) =>
    open.agentAccess ? [{ type: 'InboxDeactivated', data: { inboxId, address } }] : [],
  reactivate: (inboxId, { open, address, before }) =>
    open.agentAccess ? [] : [{ type: 'InboxReactivated', data: { inboxId, address, status: before } }],
};

const needOpen = ({ phase }: Inbox) => {
  if (phase === 'absent') throw notFound();
  if (phase === 'closing') throw conflict('inbox-closing', 'It is closing; restore it first');
  if (phase === 'purged') throw purged();
};

const purged = () => conflict('inbox-purged', 'It was purged, and nothing of it is left');
