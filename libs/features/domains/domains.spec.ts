import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOW } from '#testing/context';
import { specify, specifyProjection, specifySaga } from '#testing/specify';
import { LoseClaim, LoseOtherClaims, RecordDomainCheck, RegisterDomain, RemoveDomain } from './commands.js';
import { domain as claim } from './decider.js';
import type { DomainChecked, DomainDegraded, DomainEvent, RecordStatuses } from './events.js';
import { judge } from './judgement.js';
import { domainName } from './names.js';
import { domains, verifiedDomains } from './read-model.js';
import { settleClaims } from './sagas.js';
import { dueAt } from './schedule.js';

const [domainId, domain] = ['dom_1', 'agents.example.com'];
const registration = {
  domainId,
  domain,
  domainUse: 'existing_domain',
  dmarcPolicy: 'quarantine',
  dkimPublicKey: 'a2V5',
  ownershipToken: 'abc',
} as const;
const data = { domainId, domain };
const good: RecordStatuses = { MX: 'ok', SPF: 'ok', DKIM: 'ok', DMARC: 'ok', 'gent-verify': 'ok' };

const added: DomainEvent = { type: 'DomainAdded', data: registration };
const checked = (records: Partial<RecordStatuses> = {}, scheduled = false): DomainChecked => ({
  type: 'DomainChecked',
  data: { ...data, records: { ...good, ...records }, scheduled },
});
const verified = { type: 'DomainVerified', data } as const;
const lost: DomainEvent = { type: 'DomainClaimLost', data };
const removed = { type: 'DomainRemoved', data } as const;
const degraded = (failing: DomainDegraded['data']['failing'], sendingReady: boolean): DomainDegraded => ({
  type: 'DomainDegraded',
  data: { ...data, failing, sendingReady },
});
const recovered: DomainEvent = { type: 'DomainRecovered', data };

describe('a domain', () => {
  const { given } = specify(claim);
  const check = (
    records: Partial<RecordStatuses> = {},
    more: { scheduled?: boolean; claim?: 'won' | 'lost' | 'open' } = {},
  ) =>
    new RecordDomainCheck({
      domainId,
      records: { ...good, ...records },
      scheduled: false,
      claim: 'open',
      ...more,
    });
  const onSchedule = { scheduled: true };

  it('is verified by the first complete check that also wins the name', () => {
    const missing = { DKIM: 'missing' } as const;
    given(added).when(check(missing)).then(checked(missing));
    given(added, checked(missing)).when(check(missing)).thenNothing();
    given(added, checked(missing))
      .when(check({}, { claim: 'won' }))
      .then(checked(), verified);
  });

  it('has failed once another tenant has the name, and may win it later', () => {
    given(added)
      .when(check({}, { claim: 'lost' }))
      .then(checked(), lost);
    given(added, lost)
      .when(check({ MX: 'missing' }, { claim: 'lost' }))
      .then(checked({ MX: 'missing' }));
    given(added).when(new LoseClaim({ domainId })).then(lost);
    given(added, checked(), verified).when(new LoseClaim({ domainId })).thenNothing();
    given(added, checked(), lost)
      .when(check({}, { claim: 'won' }))
      .then(verified);
  });

  const history = [added, checked(), verified] as const;
  const spf = { SPF: 'mismatch' } as const;
  const twice = [...history, checked(spf, true), checked(spf, true)] as const;

  it('may no longer send when SPF, DKIM or DMARC failed in three re-checks running', () => {
    given(...history)
      .when(check(spf, onSchedule))
      .then(checked(spf, true));
    given(...twice)
      .when(check(spf, onSchedule))
      .then(checked(spf, true), degraded(['SPF'], false));
    given(...twice, checked())
      .when(check(spf, onSchedule))
      .then(checked(spf, true));
    given(...twice)
      .when(check(spf))
      .thenNothing();
    given(...twice, checked(spf, true), degraded(['SPF'], false))
      .when(check(spf, onSchedule))
      .thenNothing();
  });

  it('is only reported when its MX fails, and recovers with the next good check', () => {
    const mx = { MX: 'missing' } as const;
    const failed = [...history, checked(mx, true), checked(mx, true)];
    given(...failed)
      .when(check(mx, onSchedule))
      .then(checked(mx, true), degraded(['MX'], true));
    given(...failed, checked(mx, true), degraded(['MX'], true))
      .when(check())
      .then(checked(), recovered);
  });

  it('needs its ownership record until it is verified, and never again', () => {
    const gone = { 'gent-verify': 'missing' } as const;
    const often = [checked(gone, true), checked(gone, true), checked(gone, true)];
    given(...history, ...often)
      .when(check(gone, onSchedule))
      .thenNothing();
  });

  it('keeps a stream that does not grow with the number of checks', () => {
    const run = fc.array(fc.constantFrom<Partial<RecordStatuses>>({}, spf), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(run, ([last = {}]) => {
        const settled = [...history, checked(last, true), checked(last, true), checked(last, true)];
        const known = last === spf ? [...settled, degraded(['SPF'], false)] : settled;
        given(...known)
          .when(check(last, onSchedule))
          .thenNothing();
      }),
    );
  });

  it('is registered once and removed for good', () => {
    given(added).when(new RegisterDomain(registration)).thenRefused('domain-exists');
    given(added).when(new RemoveDomain({ domainId })).then(removed);
    given(added, removed).when(new RemoveDomain({ domainId })).thenNothing();
    given(added, removed).when(check()).thenRefused('not-found');
  });

  it('tells the others who claimed it', () => {
    specifySaga(settleClaims).whenever({ type: 'DomainVerified', data }).then(new LoseOtherClaims(data));
  });
});

describe('the views', () => {
  const view = {
    ...registration,
    status: 'verified',
    sendingReady: true,
    verifiedAt: NOW,
    createdAt: NOW,
    revision: '2',
  } as const;

  it('show a claim as it stands', () => {
    const { given } = specifyProjection(domains);
    given(added, checked(), verified).then(view);
    given(added, checked(), verified, degraded(['SPF'], false)).then({
      ...view,
      sendingReady: false,
      revision: '3',
    });
    given(added, lost).then({
      ...view,
      status: 'failed',
      sendingReady: false,
      verifiedAt: null,
      revision: '1',
    });
    given(added, removed).then(null);
  });

  it('show whose mail a domain is, whatever becomes of the claims of others', () => {
    const { given } = specifyProjection(verifiedDomains);
    const owned = { domain, domainId, tenantId: 'ten_acme', sendingReady: true, revision: '0' };
    const theirs = { type: 'DomainRemoved', data: { domainId: 'dom_2', domain } } as const;
    given(verified, theirs).then(owned);
    given(verified, degraded(['DKIM'], false)).then({ ...owned, sendingReady: false, revision: '1' });
    given(verified, removed).then(null);
  });

  it.each([
    ['pending', null, NOW, '2026-01-01T00:10:00.000Z'],
    ['pending', '2026-01-01T00:10:00.000Z', NOW, '2026-01-01T00:20:00.000Z'],
    ['pending', '2026-01-02T23:55:00.000Z', NOW, null],
    ['failed', null, NOW, null],
    ['verified', '2026-01-05T00:00:00.000Z', NOW, '2026-01-05T06:00:00.000Z'],
  ] as const)('say when a %s domain that was looked at %s is due', (status, last, createdAt, due) => {
    expect(dueAt({ ...view, status, createdAt }, last)).toBe(due);
  });
});

describe('the name of a domain', () => {
  it.each([
    ['Agents.Example.COM.', 'agents.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['acme.test', 'acme.test'],
    ['sub.acme.co.uk', 'sub.acme.co.uk'],
  ])('%s is %s', (text, name) => expect(domainName(text)).toBe(name));

  it.each([
    'localhost',
    '',
    '.',
    '127.0.0.1',
    '0x7f.1',
    '[::1]',
    'co.uk',
    'com',
    'a b.example',
    'a@b.example',
    'http://a.example',
    'a.example/x',
    'a.example:25',
    'a..example',
    '-a.example',
    'a-.example',
    'a_b.example',
    '*.example.com',
    'a%2eexample.com',
    'xn--.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}example`,
  ])('%s is none', (text) => expect(domainName(text)).toBeNull());

  it('is the same name however often it is read', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string()), (text) => {
        const name = domainName(text);
        if (name !== null) expect(domainName(name)).toBe(name);
      }),
    );
  });
});

describe('a record', () => {
  const SPF = 'v=spf1 include:mx.gent.example ~all';
  const DMARC = 'v=DMARC1; p=quarantine';
  const DKIM = 'v=DKIM1; k=rsa; p=MIIBIjAN';
  const verdict = (record: Parameters<typeof judge>[0], expected: string, ...found: readonly string[]) =>
    judge(record, expected, found).status;

  it.each([
    ['ok', ['v=spf1 include:mx.gent.example ~all']],
    ['ok', ['V=SPF1 mx a:other.example ip4:192.0.2.0/24 +include:SPF.mx.gent.example. -all', 'other=text']],
    ['ok', ['v=spf1 include:_spf.other.example include:mx.gent.example redirect=x.example']],
    ['missing', ['other=text', 'v=spf10 include:mx.gent.example']],
    ['missing', []],
    ['mismatch', ['v=spf1 include:other.example -all']],
    ['mismatch', ['v=spf1 -include:mx.gent.example ~all']],
    ['mismatch', ['v=spf1 ?include:mx.gent.example ~all']],
    ['mismatch', ['v=spf1 -all include:mx.gent.example']],
    ['mismatch', ['v=spf1 include:evilmx.gent.example -all']],
    ['mismatch', ['v=spf1 include:mx.gent.example.evil.example -all']],
    ['mismatch', ['v=spf1 include:mx.gent.example nonsense ~all']],
    ['mismatch', [SPF, 'v=spf1 -all']],
    ['mismatch', [SPF, SPF]],
  ])('of SPF is %s: %j', (status, found) => expect(verdict('SPF', SPF, ...found)).toBe(status));

  it.each([
    ['ok', ['v=DMARC1;p=reject;rua=mailto:d@example.com']],
    ['ok', ['v=DMARC1 ; p = Quarantine ; pct=100', 'other=text']],
    ['mismatch', ['v=DMARC1; p=none']],
    ['mismatch', ['v=DMARC1; sp=reject']],
    ['mismatch', ['v=DMARC1; p=everything']],
    ['mismatch', [DMARC, DMARC]],
    ['missing', ['p=reject']],
    ['missing', ['v=DMARC12; p=reject']],
  ])('of DMARC is %s: %j', (status, found) => expect(verdict('DMARC', DMARC, ...found)).toBe(status));

  it.each([
    ['ok', [DKIM]],
    ['ok', ['p=MIIB IjAN']],
    ['ok', ['v=DKIM1; t=s; h=sha1:sha256; s=email; p=MII\tBIjAN;']],
    ['mismatch', ['v=DKIM1; p=']],
    ['mismatch', ['v=DKIM1; p=OTHERKEY']],
    ['mismatch', ['v=DKIM1; h=sha1; p=MIIBIjAN']],
    ['mismatch', ['v=DKIM1; s=tlsrpt; p=MIIBIjAN']],
    ['missing', []],
  ])('of DKIM is %s: %j', (status, found) => expect(verdict('DKIM', DKIM, ...found)).toBe(status));

  it('of MX and of ownership must be there, whatever else is', () => {
    expect(verdict('MX', 'mx.gent.example', 'other.example', 'MX.Gent.example.')).toBe('ok');
    expect(verdict('MX', 'mx.gent.example', 'other.example')).toBe('mismatch');
    expect(verdict('gent-verify', 'gent-verify=abc', 'x', ' gent-verify=abc ')).toBe('ok');
    expect(verdict('gent-verify', 'gent-verify=abc', 'gent-verify=abcd')).toBe('mismatch');
  });
});
