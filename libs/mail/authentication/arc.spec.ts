import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arc, dkimVerify, sealMessage } from 'mailauth';
import { chainIn, verifyChain } from './arc.js';
import { readDkimHeader } from './dkim-message.js';
import { Bodies, type FindKeyRecord } from './dkim.js';

const AT = Math.floor(Date.now() / 1_000) + 60;
const keys = {
  r: generateKeyPairSync('rsa', { modulusLength: 1024 }),
  e: generateKeyPairSync('ed25519'),
};
const spki = (key: typeof keys.r.publicKey) => key.export({ type: 'spki', format: 'der' });
const ZONE: Readonly<Record<string, string>> = {
  'r._domainkey.list.test': `v=DKIM1; k=rsa; p=${spki(keys.r.publicKey).toString('base64')}`,
  'e._domainkey.list.test': `v=DKIM1; k=ed25519; p=${spki(keys.e.publicKey).subarray(-32).toString('base64')}`,
};
const MAIL =
  'From: a@peer.test\r\nTo: b@list.test\r\nSubject: Hi\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n\r\nHello\r\n';

/** Passed on by one after another, with a key of this kind each. */
const passedOn = async (selectors: readonly (keyof typeof keys)[], mail = MAIL): Promise<string> => {
  let sealed = mail;
  for (const [at, selector] of selectors.entries()) {
    const privateKey = keys[selector].privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const set = await sealMessage(sealed, {
      ...{ signingDomain: 'list.test', selector, privateKey },
      ...{ authResults: 'list.test; spf=pass', cv: at === 0 ? 'none' : 'pass' },
    });
    sealed = `${String(set)}${sealed}`;
  }
  return sealed;
};

const find: FindKeyRecord = async (name) => ZONE[name] ?? null;
const verdict = async (mail: string, findRecord = find) => {
  const message = Buffer.from(mail, 'latin1');
  const header = readDkimHeader(message);
  const chain = chainIn(header);
  const bodies = new Bodies(typeof chain === 'string' ? [] : [chain.newest]);
  bodies.update(message.subarray(header.bodyStart));
  return verifyChain(chain, header, bodies, findRecord, AT);
};
const theirVerdict = async (mail: string): Promise<string> => {
  const resolver = (name: string) =>
    ZONE[name]
      ? Promise.resolve([[ZONE[name]]])
      : Promise.reject(Object.assign(new Error('None'), { code: 'ENOTFOUND' }));
  const options = { resolver, strict: true, curTime: new Date(AT * 1_000) } as object;
  const { arc: found } = await dkimVerify(Buffer.from(mail, 'latin1'), options);
  return (await arc(found as Parameters<typeof arc>[0], options)).status.result;
};

/** Fields with their folding, and the rest. */
const split = (mail: string) => {
  const end = mail.indexOf('\r\n\r\n');
  return { fields: mail.slice(0, end).split(/\r\n(?![ \t])/), rest: mail.slice(end) };
};
const changed = (mail: string, change: (fields: string[]) => readonly string[]): string => {
  const { fields, rest } = split(mail);
  return change(fields).join('\r\n') + rest;
};
const of = (name: string, instance: number) => (field: string) =>
  field.startsWith(name) && new RegExp(`[:;\\s]i=${instance};`).test(field);

describe('a chain', () => {
  let chains: readonly string[];
  beforeAll(async () => {
    chains = [MAIL, await passedOn(['r']), await passedOn(['r', 'e']), await passedOn(['e', 'r', 'r', 'e'])];
  });

  it('is whole however long it is and whatever the keys, also where its fields stand in another order', async () => {
    expect(await Promise.all(chains.map((mail) => verdict(mail)))).toEqual(['none', 'pass', 'pass', 'pass']);
    expect(await Promise.all(chains.map(theirVerdict))).toEqual(['none', 'pass', 'pass', 'pass']);
    const turned = changed(chains[3] ?? '', (fields) => fields.toReversed());
    expect(await verdict(turned)).toBe('pass');
  });

  it('is judged as mailauth judges it, wherever a character is another', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2),
        fc.nat(),
        fc.constantFrom('a', 'Z', '7', ' '),
        async (which, at, letter) => {
          const mail = chains[which + 1] ?? '';
          const place = at % mail.length;
          const other = mail.slice(0, place) + letter + mail.slice(place + 1);
          expect(await verdict(other)).toBe(await theirVerdict(other));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each<[string, (fields: string[]) => readonly string[]]>([
    ['a set is missing', (fields) => fields.filter((field) => !/[:;\s]i=2;/.test(field))],
    ['a seal is missing', (fields) => fields.filter((field) => !of('ARC-Seal', 1)(field))],
    ['there are two results of one', (fields) => [...fields, fields.find(of('ARC-Authentication', 2)) ?? '']],
    ['there are two seals of one', (fields) => [...fields, fields.find(of('ARC-Seal', 4)) ?? '']],
    ['a field has no instance', (fields) => [...fields, 'ARC-Seal: a=rsa-sha256; cv=none; b=']],
    ['an instance is no number', (fields) => [...fields, 'ARC-Seal: i=one; a=rsa-sha256; cv=none; b=']],
    ['an instance is too high', (fields) => [...fields, 'ARC-Seal: i=51; a=rsa-sha256; cv=pass; b=']],
    ['it was broken before', (fields) => fields.map((field) => field.replace('cv=pass', 'cv=fail'))],
    ['the first says that there were others', (fields) => fields.map((f) => f.replace('cv=none', 'cv=pass'))],
    [
      'a seal signs fields of its own choice',
      (fields) => fields.map((f) => f.replace(' cv=pass', ' h=from; cv=pass')),
    ],
    [
      'the subject is another',
      (fields) => fields.map((field) => field.replace('Subject: Hi', 'Subject: Ho')),
    ],
    ['a key is gone', (fields) => fields.map((field) => field.replace('s=r;', 's=gone;'))],
  ])('fails where %s', async (_, change) => {
    const mail = changed(chains[3] ?? '', change);
    expect(await verdict(mail)).toBe('fail');
    expect(await theirVerdict(mail)).toBe('fail');
  });

  it('is none where a field only has the name of something that every object has', async () => {
    expect(await verdict(changed(MAIL, (fields) => ['constructor: i=1', ...fields]))).toBe('none');
  });

  it('is not judged while DNS does not answer', async () => {
    const failing = (from: number): FindKeyRecord => {
      let asked = 0;
      return (name) => ((asked += 1) < from ? find(name) : Promise.reject(new Error('No answer')));
    };
    expect(await verdict(chains[2] ?? '', failing(1))).toBe('temperror');
    expect(await verdict(chains[2] ?? '', failing(3))).toBe('temperror');
  });
});
