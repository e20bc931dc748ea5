import { createHash, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dkimSign, dkimVerify, type DKIMSignOptions } from 'mailauth';
import { BodyHash, canonicalField, type Canonicalization } from './canonical.js';
import { Bodies, signaturesOf, verifySignature } from './dkim.js';
import { readDkimHeader } from './dkim-message.js';

const AT = 1_772_355_907;
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ed25519 = generateKeyPairSync('ed25519');
const spki = (key: typeof rsa.publicKey) => key.export({ type: 'spki', format: 'der' });
const P = {
  rsa: spki(rsa.publicKey).toString('base64'),
  ed25519: spki(ed25519.publicKey).subarray(-32).toString('base64'),
};
type Zone = Readonly<Record<string, string>>;
const ZONE: Zone = {
  'r._domainkey.peer.test': `v=DKIM1; k=rsa; p=${P.rsa}`,
  'e._domainkey.peer.test': `v=DKIM1; k=ed25519; p=${P.ed25519}`,
};

const verdicts = async (message: Buffer, zone = ZONE, now = AT) => {
  const header = readDkimHeader(message);
  const signatures = signaturesOf(header);
  const bodies = new Bodies(signatures);
  const cut = (header.bodyStart + message.length) >> 1;
  bodies.update(message.subarray(header.bodyStart, cut));
  bodies.update(message.subarray(cut));
  const find = (name: string) => Promise.resolve(zone[name] ?? null);
  const found = signatures.map((each) => verifySignature(each, header, bodies, find, now));
  return (await Promise.all(found)).map(({ result }) => result);
};

const theirVerdicts = async (message: Buffer, zone = ZONE) => {
  const resolver = (name: string) =>
    zone[name]
      ? Promise.resolve([[zone[name]]])
      : Promise.reject(Object.assign(new Error('None'), { code: 'ENOTFOUND' }));
  const { results } = await dkimVerify(message, { resolver, curTime: new Date(AT * 1_000), strict: true });
  return results.map(({ status }) => status.result).filter((result) => result !== 'none');
};

/** A signature by hand, so that it can be of any kind. */
const signed = (tags: Readonly<Record<string, string | null>>, fields = FIELDS, body = BODY): Buffer => {
  const all: Record<string, string | null> = {
    ...{ v: '1', a: 'rsa-sha256', c: 'simple/simple', d: 'peer.test', s: 'r', h: 'from:subject' },
    bh: createHash('sha256').update(body).digest('base64'),
    ...tags,
  };
  const list = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
  const unsigned = `DKIM-Signature: ${list.join('; ')}; b=`;
  const chosen = (all['h'] ?? '').split(':').flatMap((name) => {
    const found = fields.filter((field) => field.toLowerCase().startsWith(`${name}:`));
    return found.length > 0 ? [`${found.at(-1)}\r\n`] : [];
  });
  const data = Buffer.from([...chosen, unsigned].join(''));
  const value = signBytes('sha256', data, rsa.privateKey).toString('base64');
  return Buffer.from([unsigned + value, ...fields, '', body].join('\r\n'));
};
const FIELDS = ['From: A <a@peer.test>', 'Subject: Hi'];
const BODY = 'Hello\r\n';

const text = fc
  .array(
    fc.constantFrom('a', 'Bc', ' ', '  ', '\t', '\r\n', '\r\n', '\n', '\r', ' \r\n', '\0', '\xff', 'é', '='),
    {
      maxLength: 20,
    },
  )
  .map((pieces) => pieces.join(''));
const field = fc
  .tuple(
    fc.constantFrom('From', 'Subject', 'to', 'X-a', 'Date '),
    fc.array(fc.constantFrom('x', ' ', '\t', '\r\n ', '\r\n\t', 'é', ':', ';', 'b='), { maxLength: 8 }),
  )
  .map(([name, pieces]) => `${name}: a${pieces.join('')}z`);
const options = fc.record({
  canonicalization: fc.constantFrom('simple/simple', 'relaxed/relaxed', 'simple/relaxed', 'relaxed/simple'),
  isEd25519: fc.boolean(),
  maxBodyLength: fc.option(fc.nat(30), { nil: undefined }),
});
const change = fc.record({ at: fc.nat(), to: fc.option(fc.constantFrom(...' \t\n;=:bx0é'), { nil: '' }) });

type Options = Readonly<{ canonicalization: string; isEd25519: boolean; maxBodyLength?: number | undefined }>;

const sign = async (message: Buffer, { canonicalization, isEd25519, maxBodyLength }: Options) => {
  const signatureData = [
    {
      signingDomain: 'peer.test',
      selector: isEd25519 ? 'e' : 'r',
      privateKey: (isEd25519 ? ed25519 : rsa).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      algorithm: isEd25519 ? 'ed25519-sha256' : 'rsa-sha256',
      canonicalization,
      maxBodyLength,
    },
  ] as DKIMSignOptions['signatureData'];
  const { signatures } = await dkimSign(message, {
    headerList: ['From', 'Subject', 'To', 'X-A'],
    signTime: new Date(AT * 1_000),
    signatureData,
  } as DKIMSignOptions);
  return Buffer.concat([Buffer.from(signatures), message]);
};

describe('DKIM', () => {
  it('judges as another implementation does, whatever the message and whatever was changed on the way', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(field, { minLength: 1, maxLength: 6 }),
        text,
        options,
        fc.array(change, { maxLength: 2 }),
        async (fields, body, how, changes) => {
          const original = Buffer.from(['From: a@peer.test', ...fields, '', body].join('\r\n'));
          const message = changes.reduce(
            (bytes, { at, to }) => {
              const place = at % bytes.length;
              return Buffer.concat([bytes.subarray(0, place), Buffer.from(to), bytes.subarray(place + 1)]);
            },
            await sign(original, how),
          );
          // To us a name that is on another line than its colon names no field.
          fc.pre(!/^[!-9;-~]+\s*\n[ \t]*:/m.test(message.toString('latin1')));
          const ours = await verdicts(message);
          expect(ours).toEqual(await theirVerdicts(message));
          ours.forEach((result) => seen.add(result));
        },
      ),
      { numRuns: 400 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['pass', 'fail', 'neutral']));
  });

  it.each<[string, Record<string, string | null>, string]>([
    ['all of it', {}, 'pass'],
    ['a field that is not there', { h: 'from:subject:reply-to' }, 'pass'],
    ['a part of the body', { l: '0', bh: createHash('sha256').digest('base64') }, 'pass'],
    ['an identity below the domain', { i: 'a@b.peer.test' }, 'pass'],
    ['an identity elsewhere', { i: 'a@other.test' }, 'neutral'],
    ['not who wrote it', { h: 'subject' }, 'neutral'],
    ['by SHA-1', { a: 'rsa-sha1', bh: createHash('sha1').update(BODY).digest('base64') }, 'policy'],
    ['by what nobody knows', { a: 'rsa-md5' }, 'neutral'],
    ['in another version', { v: '2' }, 'neutral'],
    ['in no version', { v: null }, 'neutral'],
    ['until it is over', { t: '1', x: String(AT - 1) }, 'neutral'],
    ['until later', { t: '1', x: String(AT + 1) }, 'pass'],
    ['until before it began', { t: '9', x: '9' }, 'neutral'],
    ['by another way to ask', { q: 'dns/other' }, 'neutral'],
    ['by a key of another kind', { s: 'e' }, 'neutral'],
    ['by a key that is not there', { s: 'gone' }, 'neutral'],
    ['with two selectors', { s: 'r; s=r' }, 'neutral'],
    ['of another body', { bh: 'x' }, 'fail'],
  ])('%s', async (_, tags, expected) => {
    const message = signed(tags);
    expect(await verdicts(message)).toEqual([expected]);
    expect(await theirVerdicts(message)).toEqual([expected]);
  });

  it.each<[string, string, string]>([
    ['revoked', 'v=DKIM1; p=', 'neutral'],
    ['for other services', `s=tlsrpt; p=${P.rsa}`, 'neutral'],
    ['for this service among others', `s=tlsrpt:email; p=${P.rsa}`, 'pass'],
    ['for another hash', `h=sha1; p=${P.rsa}`, 'neutral'],
    ['of another version', `v=DKIM2; p=${P.rsa}`, 'neutral'],
    [
      'in its bare form',
      `p=${rsa.publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64')}`,
      'pass',
    ],
    ['no key', 'v=DKIM1; p=AAAA', 'neutral'],
    [
      'too short',
      `p=${spki(generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey).toString('base64')}`,
      'policy',
    ],
    ['for the very domain', `t=s; p=${P.rsa}`, 'pass'],
  ])('with a key that is %s', async (_, record, expected) => {
    const zone = { 'r._domainkey.peer.test': record };
    expect(await verdicts(signed({}), zone)).toEqual([expected]);
    expect(await theirVerdicts(signed({}), zone)).toEqual([expected]);
  });

  it('holds a key for the very domain against an identity below it', async () => {
    const zone = { 'r._domainkey.peer.test': `t=s; p=${P.rsa}` };
    expect(await verdicts(signed({ i: '@b.peer.test' }), zone)).toEqual(['neutral']);
  });

  it('verifies the examples of RFC 8463', async () => {
    const zone = {
      'brisbane._domainkey.football.example.com':
        'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
      'test._domainkey.football.example.com':
        'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY' +
        '/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2' +
        'kryOTIKT+l/K4w3QIDAQAB',
    };
    const message = Buffer.from(RFC_8463.replaceAll('\n', '\r\n'));
    expect(await verdicts(message, zone)).toEqual(['pass', 'pass']);
  });

  it('canonicalises as the example of RFC 6376 section 3.4.5', () => {
    const fields = ['A: X', 'B : Y\t\r\n\tZ  '];
    expect(fields.map((raw) => canonicalField(raw, 'relaxed'))).toEqual(['a:X', 'b:Y Z']);
    const hashOf = (canonicalization: Canonicalization, body: string) => {
      const hash = new BodyHash(canonicalization);
      for (const byte of Buffer.from(body)) hash.update(Buffer.of(byte));
      return hash.digest();
    };
    const sha256 = (body: string) => createHash('sha256').update(body).digest('base64');
    const body = ' C \r\nD \t E\r\n\r\n\r\n';
    expect(hashOf('relaxed', body)).toBe(sha256(' C\r\nD E\r\n'));
    expect(hashOf('simple', body)).toBe(sha256(' C \r\nD \t E\r\n'));
    expect([hashOf('relaxed', ''), hashOf('simple', '')]).toEqual([sha256(''), sha256('\r\n')]);
  });
});

const RFC_8463 = `DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
`;
