import { DKIM_SELECTOR, type RecordName } from './events.js';
import type { DomainView } from './read-model.js';

/** What must stand in DNS: `name` relative to the domain, `@` the domain itself; `host` absolute. */
export type DnsRecord = Readonly<{
  record: RecordName;
  type: 'MX' | 'TXT';
  name: string;
  host: string;
  value: string;
  priority?: number;
}>;

/** Where each stands, relative to the domain; `@`: the domain itself. */
export const RECORD_HOSTS: Readonly<Record<RecordName, string>> = {
  MX: '@',
  SPF: '@',
  DKIM: `${DKIM_SELECTOR}._domainkey`,
  DMARC: '_dmarc',
  'gent-verify': '_gent-verify',
};

type Domain = Pick<DomainView, 'domain' | 'dmarcPolicy' | 'dkimPublicKey' | 'ownershipToken'>;

/** The five of a domain, in the order in which they are shown. `mailHostname`: MX target and SPF include. */
export const dnsRecordsOf = (
  { domain, dmarcPolicy, dkimPublicKey, ownershipToken }: Domain,
  mailHostname: string,
): Readonly<Record<RecordName, DnsRecord>> => {
  const at = <Type extends 'MX' | 'TXT'>(record: RecordName, type: Type, value: string) => {
    const name = RECORD_HOSTS[record];
    return { record, type, name, host: name === '@' ? domain : `${name}.${domain}`, value };
  };
  return {
    MX: { ...at('MX', 'MX', mailHostname), priority: 10 },
    SPF: at('SPF', 'TXT', `v=spf1 include:${mailHostname} ~all`),
    DKIM: at('DKIM', 'TXT', `v=DKIM1; k=rsa; p=${dkimPublicKey}`),
    DMARC: at('DMARC', 'TXT', `v=DMARC1; p=${dmarcPolicy}`),
    'gent-verify': at('gent-verify', 'TXT', `gent-verify=${ownershipToken}`),
  };
};
