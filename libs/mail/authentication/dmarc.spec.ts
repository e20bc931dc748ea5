import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evaluateDmarc as evaluate } from 'mailauth/lib/dmarc/index.js';
import { evaluateDmarc } from './dmarc.js';
import type { Resolver } from './resolver.js';
import type { Status } from './results.js';

type Zone = ReadonlyMap<string, readonly string[] | 'broken'>;

const dns =
  (zone: Zone): Resolver =>
  (name, type) => {
    const texts = zone.get(name);
    if (type === 'TXT' && texts && texts !== 'broken') return Promise.resolve(texts.map((text) => [text]));
    const code = texts === 'broken' ? 'ESERVFAIL' : texts ? 'ENODATA' : 'ENOTFOUND';
    return Promise.reject(Object.assign(new Error(code), { code }));
  };

const NAMES = ['test', 'a.test', 'b.a.test', 'c.b.a.test', 'd.test', '1.2.3.4.5.6.7.a.test', '5.6.7.a.test'];
const tag = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constantFrom('sp', 'np'), fc.constantFrom('none', 'quarantine', 'reject', 'bad')),
  },
  fc.tuple(fc.constantFrom('psd', 't'), fc.constantFrom('y', 'n', 'u')),
  fc.tuple(fc.constantFrom('adkim', 'ASPF'), fc.constantFrom('s', 'r', 'S')),
  fc.tuple(fc.constantFrom('rua'), fc.constantFrom('mailto:a@b.test', 'a@b.test', 'x, https://a.test!10m')),
);
const record = fc
  .tuple(
    fc.constantFrom('v=DMARC1', 'v = DMARC1 ', ' v=DMARC1', 'V=dmarc1', 'v=DMARC2'),
    fc.constantFrom('p=none', ' p = reject', 'P=Quarantine', 'p=bad', 'x', ''),
    fc.array(
      tag.map(([name, value]) => `${name}=${value}`),
      { maxLength: 3 },
    ),
  )
  .map(([version, policy, tags]) => [version, policy, ...tags].join(';'));
const zones = fc
  .array(
    fc.tuple(
      fc.constantFrom(...NAMES.map((name) => `_dmarc.${name}`), ...NAMES),
      fc.oneof(
        { weight: 8, arbitrary: record.map((text) => [text]) },
        fc.tuple(record, record),
        fc.constant('broken' as const),
      ),
    ),
    { maxLength: 5 },
  )
  .map((entries): Zone => new Map(entries));
const domains = fc.array(fc.constantFrom(...NAMES, 'e.d.test', 'other'), { maxLength: 3 });
const address = fc.constantFrom(
  ...NAMES.map((name) => `x@${name}`),
  'x@[192.0.2.1]',
  '"a@b"@d.test',
  'a@b@d.test',
  'x@B.A.test',
);

describe('DMARC', () => {
  it('judges as another implementation does, whatever the records', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        zones,
        fc.oneof({ weight: 6, arbitrary: address.map((one) => [one]) }, fc.array(address, { maxLength: 3 })),
        domains,
        domains,
        async (zone, from, spf, dkim) => {
          const ours = await evaluateDmarc({ from, fromFields: 1, spf, dkim }, dns(zone));
          const { response } = await evaluate({
            ...{ headerFrom: from, fromFields: 1, spfDomains: spf },
            dkimDomains: dkim.map((domain) => ({ domain })),
            resolver: dns(zone),
          } as unknown as Parameters<typeof evaluate>[0]);
          const { result, header, policy } = ours.status;
          const theirs: Status = response ? response.status : { result: 'permerror' };
          expect({ result, header, policy, asked: ours.policy }).toEqual({
            ...{ result: theirs.result, header: theirs.header, policy: theirs.policy },
            asked: (response && response.policy) || null,
          });
          seen.add(result);
        },
      ),
      { numRuns: 1_000 },
    );
    expect([...seen].sort()).toEqual(['fail', 'none', 'pass', 'permerror', 'temperror']);
  });

  it('takes several From fields for what nobody can judge, and none for nothing', async () => {
    const zone: Zone = new Map([['_dmarc.a.test', ['v=DMARC1; p=reject']]]);
    const judged = async (fromFields: number) => {
      const from = Array(fromFields).fill('x@a.test');
      return (await evaluateDmarc({ from, fromFields, spf: ['a.test'], dkim: [] }, dns(zone))).status.result;
    };
    expect([await judged(0), await judged(1), await judged(2)]).toEqual(['none', 'pass', 'permerror']);
  });
});
