import { counted, reference } from '#platform/http/reference';
import { RECORD_HOSTS } from './dns-records.js';
import { DMARC_POLICIES, DOMAIN_USES, type RecordName } from './events.js';

type RecordType = Readonly<{
  type: 'MX' | 'TXT';
  record: RecordName;
  name: string;
  purpose: string;
  removable_after_verification: boolean;
}>;

const recordType = (type: 'MX' | 'TXT', record: RecordName, purpose: string): RecordType => ({
  type,
  record,
  name: RECORD_HOSTS[record],
  purpose,
  removable_after_verification: record === 'gent-verify',
});

const dns_record_types = [
  recordType('MX', 'MX', 'Brings the mail for the domain here'),
  recordType('TXT', 'SPF', 'Lets us send for the domain (RFC 7208)'),
  recordType('TXT', 'DKIM', 'Holds the key that our signatures are checked with (RFC 6376)'),
  recordType('TXT', 'DMARC', 'Says what becomes of mail that only pretends to be yours (RFC 7489)'),
  recordType('TXT', 'gent-verify', 'Proves that the domain is yours'),
];

const domain_uses = [
  {
    value: 'existing_domain',
    label: 'Existing domain',
    description: 'A domain that people use for mail already; DMARC starts with quarantine',
  },
  {
    value: 'dedicated_subdomain',
    label: 'Dedicated subdomain',
    description: 'A subdomain for agents alone, whose reputation is its own; DMARC is reject',
  },
];

const dmarc_policy_guidance = [
  {
    policy: 'reject',
    domain_use: 'dedicated_subdomain',
    when: 'From the start: nothing else sends mail from a subdomain that is reserved for agents',
  },
  {
    policy: 'quarantine',
    domain_use: 'existing_domain',
    when: 'First, until the reports show that all mail of the domain is aligned',
  },
  {
    policy: 'reject',
    domain_use: 'existing_domain',
    when: 'Then, once the reports show nothing of yours that fails',
  },
  {
    policy: 'none',
    domain_use: 'existing_domain',
    when: 'Only to watch: forged mail is delivered all the same',
  },
];

const setup = {
  records_source: 'Publish the five dns_records that the domain is answered with; their values are its own',
  subdomain_strategy: 'Enter a subdomain in full, such as agents.example.com; it keeps the reputation apart',
  dmarc_default: { existing_domain: 'quarantine', dedicated_subdomain: 'reject' },
};

export const dnsRecordTypes = {
  resource: 'domain_dns_record_types',
  ...counted({ dns_record_types }),
};

const path = '/v1/domains/{domain}/';

export const domainReference = Object.assign(
  reference({
    resource: 'domains',
    payload: {
      create: {
        method: 'POST',
        path: '/v1/domains/',
        body: { domain: 'agents.example.com', domain_use: 'dedicated_subdomain' },
      },
      verify: { method: 'POST', path: `${path}verify/`, body: null },
      check: { method: 'GET', path: `${path}check/`, body: null },
      delete: { method: 'DELETE', path, body: null },
    },
    fields: [
      {
        name: 'domain',
        type: 'string',
        required: true,
        max: 253,
        description: 'The name in full; stored in lower case and, where it is not ASCII, in its xn-- form',
      },
      {
        name: 'domain_use',
        type: 'string',
        required: false,
        values: DOMAIN_USES,
        default: 'existing_domain',
        description: 'What else the domain is used for',
      },
      {
        name: 'dmarc_policy',
        type: 'string',
        required: false,
        values: DMARC_POLICIES,
        description: 'Overrides the policy that follows from domain_use',
      },
    ],
    builder: { action: 'create', steps: ['domain', 'domain_use', 'dmarc_policy'] },
    lists: { dns_record_types, dmarc_policy_guidance, domain_uses },
  }),
  { setup },
);
