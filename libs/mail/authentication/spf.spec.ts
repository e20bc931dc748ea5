import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { spf } from 'mailauth';
import type { Resolver } from './resolver.js';
import { checkSpf } from './spf.js';

type Zone = Readonly<Record<string, Readonly<Record<string, readonly unknown[] | 'broken'>>>>;

const dns =
  (zone: Zone, asked: string[] = []): Resolver =>
  (name, type) => {
    asked.push(`${type} ${name}`);
    const found = zone[name.toLowerCase()]?.[type];
    if (found && found !== 'broken') return Promise.resolve([...found]);
    const code = found ? 'ESERVFAIL' : zone[name.toLowerCase()] ? 'ENODATA' : 'ENOTFOUND';
    return Promise.reject(Object.assign(new Error(code), { code }));
  };

const check = async (
  zone: Zone,
  { remoteIp = '192.0.2.1', mailFrom = 'ann@a.test', helo = 'mx.a.test' } = {},
) => {
  const { result } = await checkSpf({ remoteIp, mailFrom, helo, hostname: 'mx.gent.test' }, dns(zone));
  return result;
};

const theirs = async (zone: Zone, remoteIp: string, mailFrom: string) => {
  const resolver = dns(zone) as never;
  const { status } = await spf({
    ip: remoteIp,
    sender: mailFrom,
    helo: 'mx.a.test',
    mta: 'x',
    resolver,
    strict: true,
  });
  return status.result;
};

const txt = (...records: readonly string[]) => ({ TXT: records.map((record) => [record]) });

const name = fc.constantFrom(
  'a.test',
  'b.test',
  'c.test',
  'gone.test',
  '%{d}',
  '%{l}.b.test',
  '%{ir}.%{v}._x.a.test',
  'x%{d1}.test',
  '%{o2r}',
  '%{h}',
  '%{p}',
  '%{S-+}.a.test',
  'bad',
  '%{x}.test',
  '%',
  '%{d}.',
  'a.test.',
);
const cidr = fc.constantFrom('', '', '/24', '/0', '/33', '//64', '/24//64', '/01', '//129');
const term = fc
  .tuple(
    fc.constantFrom('', '', '-', '~', '?', '+', '='),
    fc.oneof(
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          'all',
          'ALL',
          'all:x',
          'a',
          'mx',
          'ptr',
          'include',
          'foo',
          'a:',
          'redirect=',
        ),
      },
      fc.tuple(fc.constantFrom('a:', 'mx:', 'MX:'), name, cidr).map((parts) => parts.join('')),
      fc
        .tuple(fc.constantFrom('include:', 'exists:', 'ptr:', 'redirect=', 'exp=', 'x='), name)
        .map((parts) => parts.join('')),
      fc.tuple(fc.constantFrom('a', 'mx'), cidr).map((parts) => parts.join('')),
      fc
        .tuple(
          fc.constantFrom(
            'ip4:192.0.2.0',
            'ip4:192.0.2.1',
            'ip4:1.2.3',
            'ip6:2001:db8::1',
            'ip6:2001:db8::',
            'ip4:2001:db8::1',
          ),
          fc.constantFrom('', '/24', '/25', '/32', '/64', '/99', '/128', '/x'),
        )
        .map((parts) => parts.join('')),
    ),
  )
  .map((parts) => parts.join(''));
const record = fc.array(term, { maxLength: 5 }).map((terms) => ['v=spf1', ...terms].join(' '));
const address = fc.constantFrom('192.0.2.1', '192.0.2.200', '198.51.100.7');
const host = fc.record(
  {
    TXT: fc.oneof(
      { weight: 8, arbitrary: record.map((text) => [[text]]) },
      fc.array(record, { maxLength: 2 }).map((texts) => ['other', ...texts].map((text) => [text])),
      fc.constant('broken' as const),
    ),
    A: fc.oneof(
      { weight: 6, arbitrary: fc.array(address, { minLength: 1, maxLength: 3 }) },
      fc.constant('broken' as const),
    ),
    AAAA: fc.array(fc.constantFrom('2001:db8::1', '2001:db8:0:0:1::', '::ffff:192.0.2.1'), {
      minLength: 1,
      maxLength: 2,
    }),
    MX: fc.array(
      fc.record({
        priority: fc.nat(20),
        exchange: fc.constantFrom('a.test', 'b.test', 'c.test.', 'gone.test'),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: ['TXT'] },
);
const zones = fc
  .tuple(
    host,
    host,
    host,
    fc.array(fc.constantFrom('a.test', 'x.a.test', 'b.test', 'gone.test'), { minLength: 1 }),
  )
  .map(([a, b, c, names]): Zone => ({
    'a.test': a,
    'b.test': b,
    'c.test': c,
    'ann.b.test': { A: ['127.0.0.2'] },
    '1.2.0.192.in-addr._x.a.test': { A: ['127.0.0.2'] },
    '1.2.0.192.in-addr.arpa': { PTR: names },
    'x.a.test': { A: ['192.0.2.1'] },
  }));

describe('SPF', () => {
  it('judges as another implementation does, whatever the records', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        zones,
        fc.constantFrom('192.0.2.1', '192.0.2.200', '2001:db8::1', '::ffff:192.0.2.1', 'no address'),
        fc.constantFrom(
          'ann@a.test',
          '',
          'ännä@b.test',
          '@c.test',
          'a.test',
          '"x@y"@a.test',
          'ann@localhost',
        ),
        async (zone, remoteIp, mailFrom) => {
          const found = await check(zone, { remoteIp, mailFrom });
          expect(found).toBe(await theirs(zone, remoteIp, mailFrom));
          seen.add(found);
        },
      ),
      { numRuns: 1_000 },
    );
    expect([...seen].sort()).toEqual([
      'fail',
      'neutral',
      'none',
      'pass',
      'permerror',
      'softfail',
      'temperror',
    ]);
  });

  it('asks for no more than ten records, and for little that is not there', async () => {
    const chain = (length: number): Zone => ({
      ...Object.fromEntries(
        Array.from({ length }, (_, at) => [`${at}.test`, txt(`v=spf1 include:${at + 1}.test -all`)]),
      ),
      [`${length}.test`]: txt('v=spf1 +all'),
    });
    expect(await check(chain(10), { mailFrom: 'a@0.test' })).toBe('pass');
    expect(await check(chain(11), { mailFrom: 'a@0.test' })).toBe('permerror');
    const voids = (count: number): Zone => ({
      'a.test': txt(`v=spf1 ${'a:gone.test '.repeat(count)}+all`),
    });
    expect(await check(voids(2))).toBe('pass');
    expect(await check(voids(3))).toBe('permerror');
    const loop = { 'a.test': txt('v=spf1 include:a.test') };
    expect(await check(loop)).toBe('permerror');
    const asked: string[] = [];
    const exchanges = Array.from({ length: 500 }, (_, at) => ({ exchange: `mx${at}.test`, priority: at }));
    const zone = { 'a.test': { ...txt('v=spf1 mx -all'), MX: exchanges } };
    const envelope = { remoteIp: '192.0.2.1', mailFrom: 'a@a.test', helo: 'x', hostname: 'y' };
    expect(await checkSpf(envelope, dns(zone, asked))).toMatchObject({ result: 'permerror' });
    expect(asked).toHaveLength(12);
  });

  it('expands the macros of RFC 7208 section 7.4', async () => {
    const expanded = async (spec: string, remoteIp = '192.0.2.3') => {
      const asked: string[] = [];
      const zone = { 'email.example.com': txt(`v=spf1 exists:${spec} -all`) };
      const envelope = { remoteIp, mailFrom: 'strong-bad@email.example.com', helo: 'x', hostname: 'y' };
      await checkSpf(envelope, dns(zone, asked));
      return asked.at(-1);
    };
    expect(await expanded('%{ir}.%{v}._spf.%{d2}')).toBe('A 3.2.0.192.in-addr._spf.example.com');
    expect(await expanded('%{lr-}.lp._spf.%{d2}')).toBe('A bad.strong.lp._spf.example.com');
    expect(await expanded('%{lr-}.lp.%{ir}.%{v}._spf.%{d2}')).toBe(
      'A bad.strong.lp.3.2.0.192.in-addr._spf.example.com',
    );
    expect(await expanded('%{d2}.trusted-domains.example.net')).toBe(
      'A example.com.trusted-domains.example.net',
    );
    expect(await expanded('%{ir}.%{v}._spf.%{d2}', '2001:db8::cb01')).toBe(
      'A 1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com',
    );
  });
});
