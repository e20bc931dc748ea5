import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DnsServer } from '#testing/dns-server';
import type { DnsRecords } from './dns.js';
import { serverAddress } from './exchange.js';
import { recordResolver } from './record-resolver.js';
import { StubResolver } from './stub-resolver.js';
import { decodeResponse, encodeQuery } from './wire.js';

let server: DnsServer;
let elapsed: number;
let dns: StubResolver;
beforeEach(async () => {
  server = await DnsServer.start();
  elapsed = 0;
  dns = resolver(server);
});
afterEach(() => server.stop());

const resolver = (...servers: DnsServer[]) =>
  new StubResolver(
    servers.map(({ address }) => serverAddress(address)),
    () => performance.now() + elapsed * 1000,
  );

describe('a look-up', () => {
  it('yields every type of record', async () => {
    const certificate = Buffer.from('ab'.repeat(16), 'hex');
    const tlsa = { usage: 3, selector: 1, matchingType: 1, certificate };
    server.zone['mail.example'] = {
      A: ['192.0.2.1', '192.0.2.2'],
      AAAA: ['2001:db8::1', '::1'],
      MX: [{ priority: 10, exchange: 'mx.mail.example' }],
      TXT: ['one', ['v=spf1 ', '-all']],
      PTR: ['host.example'],
      TLSA: [tlsa],
    };
    const records = async (type: keyof DnsRecords) => (await dns.resolve('Mail.Example.', type)).records;
    expect(await records('A')).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(await records('AAAA')).toEqual(['2001:db8::1', '::1']);
    expect(await records('MX')).toEqual([{ priority: 10, exchange: 'mx.mail.example' }]);
    expect(await records('TXT')).toEqual(['one', 'v=spf1 -all']);
    expect(await records('PTR')).toEqual(['host.example']);
    expect(await records('TLSA')).toEqual([tlsa]);
  });

  it('tells a name that does not exist from one without such a record', async () => {
    server.zone['www.mail.example'] = { A: ['192.0.2.1'] };
    await expect(dns.resolve('gone.example', 'A')).rejects.toMatchObject({ code: 'NXDOMAIN' });
    await expect(dns.resolve('www.mail.example', 'MX')).rejects.toMatchObject({ code: 'NODATA' });
    await expect(dns.resolve('mail.example', 'A')).rejects.toMatchObject({ code: 'NODATA' });
    await expect(dns.resolve(`${'a'.repeat(64)}.example`, 'A')).rejects.toMatchObject({ code: 'NXDOMAIN' });
    await expect(dns.resolve('a..example', 'A')).rejects.toMatchObject({ code: 'NXDOMAIN' });
  });

  it('says whether a validating resolver vouches for the answer', async () => {
    server.zone['mail.example'] = { A: ['192.0.2.1'] };
    expect(await dns.resolve('mail.example', 'A')).toMatchObject({ authenticated: false });
    server.authenticated = true;
    expect(await dns.resolve('mail.example', 'A', { fresh: true })).toMatchObject({ authenticated: true });
  });

  it('follows aliases, eight at most and in no circle', async () => {
    for (let hop = 0; hop < 9; hop += 1) server.zone[`a${hop}.example`] = { CNAME: `a${hop + 1}.example` };
    server.zone['a9.example'] = { A: ['192.0.2.9'] };
    server.zone['x.example'] = { CNAME: 'y.example' };
    server.zone['y.example'] = { CNAME: 'x.example' };
    expect(await dns.resolve('a1.example', 'A')).toMatchObject({ records: ['192.0.2.9'] });
    await expect(dns.resolve('a0.example', 'A')).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(dns.resolve('x.example', 'A')).rejects.toMatchObject({ code: 'MALFORMED' });
  });
});

describe('the cache', () => {
  it('keeps an answer for its time and a "no" for that of the zone', async () => {
    server.zone['mail.example'] = { A: ['192.0.2.1'] };
    await dns.resolve('mail.example', 'A');
    await expect(dns.resolve('late.example', 'A')).rejects.toMatchObject({ code: 'NXDOMAIN' });
    server.zone['late.example'] = { A: ['192.0.2.2'] };
    elapsed = 29;
    expect(await dns.resolve('mail.example', 'A')).toMatchObject({ ttlSeconds: 31 });
    await expect(dns.resolve('late.example', 'A')).rejects.toMatchObject({ code: 'NXDOMAIN' });
    elapsed = 31;
    expect(await dns.resolve('late.example', 'A')).toMatchObject({ records: ['192.0.2.2'] });
    elapsed = 61;
    await dns.resolve('mail.example', 'A');
    expect(server.questions).toEqual([
      'A mail.example',
      'A late.example',
      'A late.example',
      'A mail.example',
    ]);
  });

  it('is passed by who asks for a fresh answer, and holds that one then', async () => {
    server.zone['mail.example'] = { A: ['192.0.2.1'] };
    await dns.resolve('mail.example', 'A');
    server.zone['mail.example'] = { A: ['192.0.2.2'] };
    expect(await dns.resolve('mail.example', 'A', { fresh: true })).toMatchObject({ records: ['192.0.2.2'] });
    expect(await dns.resolve('mail.example', 'A')).toMatchObject({ records: ['192.0.2.2'] });
    expect(server.questions).toHaveLength(2);
  });

  it('lets callers who ask for the same at once share one question', async () => {
    server.zone['mail.example'] = { A: ['192.0.2.1'] };
    await Promise.all(Array.from({ length: 50 }, () => dns.resolve('mail.example', 'A')));
    expect(server.questions).toEqual(['A mail.example']);
  });

  it('keeps no trouble', async () => {
    server.faults['mail.example'] = 'servfail';
    await expect(dns.resolve('mail.example', 'A')).rejects.toMatchObject({ code: 'SERVFAIL' });
    delete server.faults['mail.example'];
    server.zone['mail.example'] = { A: ['192.0.2.1'] };
    expect(await dns.resolve('mail.example', 'A')).toMatchObject({ records: ['192.0.2.1'] });
  });
});

describe('a hostile answer', () => {
  beforeEach(() => {
    server.zone['mail.example'] = { A: ['192.0.2.1'] };
  });

  it.each([
    ['silence', 'TIMEOUT'],
    ['silence-by-tcp', 'TIMEOUT'],
    ['servfail', 'SERVFAIL'],
    ['refused', 'SERVFAIL'],
    ['pointer-loop', 'MALFORMED'],
    ['garbage', 'MALFORMED'],
  ] as const)('of the kind %s is %s, in time', async (fault, code) => {
    server.faults['mail.example'] = fault;
    const asked = performance.now();
    await expect(dns.resolve('mail.example', 'A', { timeoutMs: 300 })).rejects.toMatchObject({ code });
    expect(performance.now() - asked).toBeLessThan(1_500);
  });

  it('is passed over where it answers something else', async () => {
    server.faults['mail.example'] = 'lie';
    expect(await dns.resolve('mail.example', 'A')).toMatchObject({ records: ['192.0.2.1'] });
  });

  it('is asked for again by TCP where it does not fit, and used up to 256 records', async () => {
    server.faults['mail.example'] = 'truncation';
    expect(await dns.resolve('mail.example', 'A')).toMatchObject({ records: ['192.0.2.1'] });
    server.zone['long.example'] = { TXT: Array.from({ length: 40 }, () => 'x'.repeat(100)) };
    expect((await dns.resolve('long.example', 'TXT')).records).toHaveLength(40);
    server.faults['huge.example'] = 'huge';
    expect((await dns.resolve('huge.example', 'A')).records).toHaveLength(256);
  });

  it('of one server is made up for by the next', async () => {
    const other = await DnsServer.start({ 'mail.example': { A: ['192.0.2.1'] } });
    server.faults['mail.example'] = 'servfail';
    expect(await resolver(server, other).resolve('mail.example', 'A')).toMatchObject({
      records: ['192.0.2.1'],
    });
    server.faults['mail.example'] = 'silence';
    expect(await resolver(server, other).resolve('mail.example', 'A')).toMatchObject({
      records: ['192.0.2.1'],
    });
    await other.stop();
    const refusing = new StubResolver([serverAddress(server.address), { host: '127.0.0.1', port: 1 }]);
    const looking = refusing.resolve('mail.example', 'A', { timeoutMs: 300 });
    await expect(looking).rejects.toMatchObject({ code: expect.stringMatching(/TIMEOUT|SERVFAIL/) });
  });

  it('is read or refused, whatever its bytes', () => {
    const question = { name: 'mail.example', type: 'MX' } as const;
    const query = encodeQuery(7, question);
    const head = Buffer.from(query.subarray(0, query.length - 11));
    head.writeUInt16BE(0x8180, 2);
    const anyRest = fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.nat(0xffff), fc.nat(0xffff));
    fc.assert(
      fc.property(anyRest, ([rest, answers, authorities]) => {
        const packet = Buffer.concat([head, rest]);
        packet.writeUInt16BE(answers, 6);
        packet.writeUInt16BE(authorities, 8);
        try {
          expect(decodeResponse(packet, query, question)?.records.length).toBeLessThanOrEqual(256);
        } catch (error) {
          expect(error).toMatchObject({ code: 'MALFORMED' });
        }
      }),
    );
  });
});

describe('in the form of the standard library', () => {
  it('answers and fails in the form of node:dns', async () => {
    server.zone['mail.example'] = {
      TXT: ['v=spf1 -all'],
      MX: [{ priority: 10, exchange: 'mx.mail.example' }],
      A: ['192.0.2.1'],
    };
    server.faults['broken.example'] = 'servfail';
    const ask = recordResolver(dns);
    const resolve = async (name: string, type: string) => (await ask(name, type)).records;
    expect(await resolve('mail.example', 'TXT')).toEqual([['v=spf1 -all']]);
    expect(await resolve('mail.example', 'MX')).toEqual([{ priority: 10, exchange: 'mx.mail.example' }]);
    expect(await resolve('mail.example', 'A')).toEqual(['192.0.2.1']);
    await expect(resolve('gone.example', 'A')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolve('mail.example', 'AAAA')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolve('broken.example', 'A')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });
});

describe('the address of a server', () => {
  it.each([
    ['192.0.2.53', { host: '192.0.2.53', port: 53 }],
    ['192.0.2.53:5353', { host: '192.0.2.53', port: 5353 }],
    ['2001:db8::53', { host: '2001:db8::53', port: 53 }],
    ['[2001:db8::53]:5353', { host: '2001:db8::53', port: 5353 }],
    ['[2001:db8::53]', { host: '2001:db8::53', port: 53 }],
  ])('may be written as %s', (text, address) => {
    expect(serverAddress(text)).toEqual(address);
  });
});
