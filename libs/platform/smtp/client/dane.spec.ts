import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TlsaRecord } from '#platform/dns/dns';
import { StubResolver } from '#platform/dns/stub-resolver';
import { certificate, type Issued } from '#testing/certificates';
import { DnsServer } from '#testing/dns-server';
import { MailHost } from '#testing/mail-host';
import { SmtpClient } from './client.js';

const MX = 'mx.mail.example';
const root = certificate({ name: 'Root', isAuthority: true });
const issuing = certificate({ name: 'Issuing', isAuthority: true, by: root });
const leaf = certificate({ name: MX, by: issuing });

const der = ({ certificate: { raw } }: Issued) => raw;
const spki = ({ certificate: { publicKey } }: Issued) => publicKey.export({ type: 'spki', format: 'der' });
const hash = (data: Buffer, by = 'sha256') => createHash(by).update(data).digest();

let dns: DnsServer;
let host: MailHost;
let client: SmtpClient;
beforeEach(async () => {
  dns = await DnsServer.start({
    'mail.example': { MX: [{ priority: 10, exchange: MX }] },
    [MX]: { A: ['127.0.0.1'] },
  });
  dns.authenticated = true;
  host = await MailHost.start();
  client = new SmtpClient({
    dns: new StubResolver([{ host: '127.0.0.1', port: Number(dns.address.split(':')[1]) }]),
    sts: { of: async () => null },
    name: 'mx.gent.example',
    port: host.port,
    allowPrivate: true,
    now: () => new Date('2026-01-01T00:00:00Z'),
    timeouts: { connect: 2_000, command: 2_000, block: 2_000, end: 2_000 },
  });
});
afterEach(async () => {
  client.close();
  await host.stop();
  await dns.stop();
});

/** The host shows a certificate with its issuers; DNS names one that it is to be known by. */
const hands = async (shown: Issued, record: Partial<TlsaRecord> & Pick<TlsaRecord, 'certificate'>) => {
  dns.zone[`_${host.port}._tcp.${MX}`] = { TLSA: [{ usage: 2, selector: 0, matchingType: 1, ...record }] };
  return handed(shown);
};

const handed = async (shown: Issued) => {
  host.options = { tls: { cert: shown.chain, key: shown.key } };
  const mail = {
    mailFrom: 'bounce+1@agents.example',
    recipients: ['ann@mail.example'],
    content: Buffer.from('Subject: Hi\r\n\r\nHello\r\n'),
  };
  const { verdicts } = await client.send('mail.example', mail, new AbortController().signal);
  return verdicts.map(({ outcome, status, reply }) => `${outcome} ${status} ${reply}`).join();
};

const TAKEN = 'delivered 2.0.0 250 2.0.0 Taken';
const REFUSED = `deferred 4.7.5 ${MX}: its certificate is not the one that its DANE records name`;

describe('an authority that DNSSEC names for a host', () => {
  it.each([
    ['the one that issued it, by its hash', { certificate: hash(der(issuing)) }],
    ['the one above that', { certificate: hash(der(root)) }],
    ['by its key', { selector: 1, certificate: hash(spki(root)) }],
    ['by SHA-512 of its key', { selector: 1, matchingType: 2, certificate: hash(spki(issuing), 'sha512') }],
    ['by all of it', { matchingType: 0, certificate: Buffer.from(der(root)) }],
  ])('vouches for it: %s', async (_, record) => {
    expect(await hands(leaf, record)).toBe(TAKEN);
    expect(host.taken).toMatchObject([{ tls: true }]);
  });

  const stranger = certificate({ name: 'Issuing', isAuthority: true });
  const person = certificate({ name: 'person.example', by: root });
  const past = { to: '2025-12-31T23:59:59Z' };
  it.each<[string, Issued, Issued]>([
    ['another authority', leaf, certificate({ name: 'Root', isAuthority: true })],
    ['the certificate of the host itself, which is none', leaf, leaf],
    ['one that it names as its issuer, but that did not sign it', forged(leaf, stranger), stranger],
    ['one that is no authority', certificate({ name: MX, by: person }), person],
    ['the right one, for another host', certificate({ name: 'mx.other.example', by: root }), root],
    ['the right one, for a certificate that has expired', certificate({ name: MX, by: root, ...past }), root],
    ['one that has expired itself', ...expired()],
  ])('does not vouch for it: %s', async (_, shown, anchor) => {
    expect(await hands(shown, { certificate: hash(der(anchor)) })).toBe(REFUSED);
    expect(host.taken).toEqual([]);
  });

  it('is one of its own, not of those that the world trusts: of them DANE says no more than that there is TLS', async () => {
    // Usages 0 and 1: RFC 7672 section 3.1.3.
    expect(await hands(leaf, { usage: 0, certificate: hash(der(issuing)) })).toBe(TAKEN);
    client.close();
    expect(await hands(leaf, { usage: 0, certificate: hash(der(stranger)) })).toBe(TAKEN);
  });
});

describe('a domain without MX, which is its own mail host', () => {
  const own = certificate({ name: 'mail.example', by: issuing });
  const published = (certificate: Buffer) => {
    const record = { usage: 3, selector: 1, matchingType: 1, certificate };
    dns.zone['mail.example'] = { A: ['127.0.0.1'] };
    dns.zone[`_${host.port}._tcp.mail.example`] = { TLSA: [record] };
    return handed(own);
  };

  it.each([
    ['is the one that DNSSEC names', true, own, TAKEN],
    ['is not the one that DNSSEC names', true, leaf, REFUSED.replace(MX, 'mail.example')],
    ['need not be named where nobody vouches for DNS', false, leaf, TAKEN],
  ])('%s', async (_, isVouched, named, outcome) => {
    dns.authenticated = isVouched;
    expect(await published(hash(spki(named)))).toBe(outcome);
  });
});

/** A host that shows an authority's certificate as its issuer's. */
function forged(of: Issued, authority: Issued): Issued {
  return { ...of, chain: of.certificate.toString() + authority.chain };
}

function expired(): [Issued, Issued] {
  const old = certificate({ name: 'Old', isAuthority: true, to: '2025-12-31T23:59:59Z' });
  return [certificate({ name: MX, by: old }), old];
}
