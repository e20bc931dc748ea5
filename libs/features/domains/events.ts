import type { EventCatalog } from '#kernel/event-catalog';
import type { Event } from '#kernel/messages';

export const DOMAIN_USES = ['existing_domain', 'dedicated_subdomain'] as const;
export type DomainUse = (typeof DOMAIN_USES)[number];
export const DMARC_POLICIES = ['none', 'quarantine', 'reject'] as const;
export type DmarcPolicy = (typeof DMARC_POLICIES)[number];
export const RECORD_NAMES = ['MX', 'SPF', 'DKIM', 'DMARC', 'gent-verify'] as const;
export type RecordName = (typeof RECORD_NAMES)[number];
/** Under which our key stands in DNS, and which our signatures name (RFC 6376 section 3.1). */
export const DKIM_SELECTOR = 'gent';
/** The record of the vault that has the private key of a domain: PKCS #8 as PEM. */
export const dkimKeyRecord = (domainId: string): string => `dkim/${domainId}`;

export type RecordStatus = 'ok' | 'missing' | 'mismatch' | 'error';

/** `domain`: lower case, A-labels (RFC 5891). `dkimPublicKey`: base64 DER; the private key lies in the vault. */
export type DomainAdded = Event<
  'DomainAdded',
  {
    domainId: string;
    domain: string;
    domainUse: DomainUse;
    dmarcPolicy: DmarcPolicy;
    dkimPublicKey: string;
    ownershipToken: string;
  }
>;
export type RecordStatuses = Readonly<Record<RecordName, RecordStatus>>;
/**
 * The five records were found to be otherwise than the last time, or failing still. A re-check on schedule counts
 * towards the three failures running that degrade a domain, a check that somebody asks for does not.
 */
export type DomainChecked = Event<
  'DomainChecked',
  { domainId: string; domain: string; records: RecordStatuses; scheduled: boolean }
>;
export type DomainVerified = Event<'DomainVerified', { domainId: string; domain: string }>;
/** Another tenant verified the name first. */
export type DomainClaimLost = Event<'DomainClaimLost', { domainId: string; domain: string }>;
/** `failing`: three times running. `sendingReady` false: SPF, DKIM or DMARC is among them; true: only the MX. */
export type DomainDegraded = Event<
  'DomainDegraded',
  { domainId: string; domain: string; failing: readonly RecordName[]; sendingReady: boolean }
>;
export type DomainRecovered = Event<'DomainRecovered', { domainId: string; domain: string }>;
export type DomainRemoved = Event<'DomainRemoved', { domainId: string; domain: string }>;
export type DomainEvent =
  | DomainAdded
  | DomainChecked
  | DomainVerified
  | DomainClaimLost
  | DomainDegraded
  | DomainRecovered
  | DomainRemoved;

export const domainEvents: EventCatalog<DomainEvent> = {
  DomainAdded: { version: 1 },
  DomainChecked: { version: 1 },
  DomainVerified: { version: 1 },
  DomainClaimLost: { version: 1 },
  DomainDegraded: { version: 1 },
  DomainRecovered: { version: 1 },
  DomainRemoved: { version: 1 },
};
