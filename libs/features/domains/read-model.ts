import type { Recorded } from '#kernel/messages';
import { projection } from '#kernel/projection';
import type { InboxClosing, InboxCreated, InboxPurged, InboxRestored } from '../inboxes/events.js';
import type {
  DmarcPolicy,
  DomainAdded,
  DomainDegraded,
  DomainEvent,
  DomainRecovered,
  DomainRemoved,
  DomainUse,
  DomainVerified,
} from './events.js';

export type DomainStatus = 'pending' | 'verified' | 'failed';

export type DomainView = Readonly<{
  domainId: string;
  domain: string;
  domainUse: DomainUse;
  dmarcPolicy: DmarcPolicy;
  dkimPublicKey: string;
  ownershipToken: string;
  status: DomainStatus;
  sendingReady: boolean;
  verifiedAt: string | null;
  createdAt: string;
  revision: string;
}>;

/** A tenant's claims, verified or not, by their ids. */
export const domains = projection<DomainView, DomainEvent, 'newest' | 'byName' | 'ofEverybody'>({
  name: 'domains',
  version: 1,
  key: ({ data }) => data.domainId,
  queries: {
    newest: { reach: 'tenant', sort: ['-createdAt'] },
    byName: { reach: 'everyone', filter: ['domain'], sort: ['-createdAt'] },
    ofEverybody: { reach: 'everyone', sort: ['createdAt'] },
  },

  on: {
    DomainAdded: (_, event) => added(event),
    DomainChecked: (domain, event) => at(event, domain),
    DomainVerified: (domain, event) =>
      at(event, domain && { ...domain, ...VERIFIED, verifiedAt: event.metadata.occurredAt }),
    DomainClaimLost: (domain, event) => at(event, domain && { ...domain, status: 'failed' }),
    DomainDegraded: (domain, event) =>
      at(event, domain && { ...domain, sendingReady: event.data.sendingReady }),
    DomainRecovered: (domain, event) => at(event, domain && { ...domain, sendingReady: true }),
    DomainRemoved: () => null,
  },
});

/** Whose mail a domain is: of one tenant at most, and only while it is verified. */
export type VerifiedDomain = Readonly<{
  domain: string;
  domainId: string;
  tenantId: string;
  sendingReady: boolean;
  revision: string;
}>;

/** By name. The claims of others upon it come and go without a trace. */
export const verifiedDomains = projection<
  VerifiedDomain,
  DomainVerified | DomainDegraded | DomainRecovered | DomainRemoved
>({
  name: 'verified-domains',
  version: 1,
  key: ({ data }) => data.domain,
  queries: {},

  on: {
    DomainVerified: (_, { data: { domain, domainId }, metadata: { tenantId }, revision }) => ({
      domain,
      domainId,
      tenantId,
      sendingReady: true,
      revision: String(revision),
    }),
    DomainDegraded: (found, { data, revision }) =>
      own(found, data) ? { ...found, sendingReady: data.sendingReady, revision: String(revision) } : found,
    DomainRecovered: (found, { data, revision }) =>
      own(found, data) ? { ...found, sendingReady: true, revision: String(revision) } : found,
    DomainRemoved: (found, { data }) => (own(found, data) ? null : found),
  },
});

/** `inUseOn`: the domain of an inbox that is active or suspended. */
export const inboxesOnDomains = projection<
  Readonly<{ domain: string; inUseOn: string | null }>,
  InboxCreated | InboxClosing | InboxRestored | InboxPurged,
  'inUse'
>({
  name: 'inboxes-on-domains',
  version: 1,
  key: ({ data }) => data.inboxId,
  queries: { inUse: { reach: 'tenant', filter: ['inUseOn'], sort: ['domain'] } },

  on: {
    InboxCreated: (_, { data: { domain } }) => ({ domain, inUseOn: domain }),
    InboxClosing: (inbox) => inbox && { ...inbox, inUseOn: null },
    InboxRestored: (inbox) => inbox && { ...inbox, inUseOn: inbox.domain },
    InboxPurged: () => null,
  },
});

const VERIFIED = { status: 'verified', sendingReady: true } as const;

const added = ({ data, metadata, revision }: Recorded<DomainAdded>): DomainView => ({
  ...data,
  status: 'pending',
  sendingReady: false,
  verifiedAt: null,
  createdAt: metadata.occurredAt,
  revision: String(revision),
});

const at = ({ revision }: Recorded<DomainEvent>, domain: DomainView | null): DomainView | null =>
  domain && { ...domain, revision: String(revision) };

const own = (found: VerifiedDomain | null, { domainId }: DomainVerified['data']): found is VerifiedDomain =>
  found?.domainId === domainId;
