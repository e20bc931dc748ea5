import { beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { sealMessage } from 'mailauth';
import { mailOf, SigningDomain } from '#testing/signed-mail';
import { NOW } from '#testing/context';
import type { Resolver } from './resolver.js';
import { HEAD_BYTES, verify } from './verify.js';

let peer: SigningDomain;
beforeAll(() => {
  peer = new SigningDomain('peer.test');
});

const absent = () => Promise.reject(Object.assign(new Error('None'), { code: 'ENOTFOUND' }));
const dns: Resolver = (name, type) => {
  const zone: Record<string, { TXT: readonly (string | readonly string[])[] }> = peer.zone();
  const texts = type === 'TXT' ? zone[name]?.TXT : undefined;
  return texts ? Promise.resolve(texts.map((text) => [text].flat())) : absent();
};
const check = (
  mail: string,
  { remoteIp = '127.0.0.1', mailFrom = 'a@peer.test', resolver = dns, timeMs = 1_000 } = {},
) => {
  const bytes = Buffer.from(mail, 'utf8');
  const content = (async function* () {
    yield bytes;
  })();
  const envelope = { remoteIp, mailFrom, helo: 'mx.peer.test', hostname: 'mx.gent.test' };
  return verify({ head: bytes.subarray(0, HEAD_BYTES), content }, envelope, resolver, { timeMs, at: NOW });
};

describe('authentication', () => {
  it('passes what its domain signed and sent', async () => {
    const found = await check(await peer.sign(mailOf('1')));
    expect(found).toMatchObject({
      spf: 'pass',
      dkim: 'pass',
      dmarc: 'pass',
      arc: 'none',
      dmarcPolicy: 'reject',
    });
    expect(found.results.replace(/header\.b=[^\s;]+/, 'header.b=x').split(';\r\n\t')).toEqual([
      'dkim=pass header.i=@peer.test header.s=s1 header.a=rsa-sha256 header.b=x',
      'spf=pass smtp.mailfrom=a@peer.test smtp.helo=mx.peer.test',
      'arc=none',
      'dmarc=pass header.from=peer.test header.d=peer.test policy.dmarc=reject',
    ]);
  });

  it('hashes a large message as it comes', async () => {
    const mail = await peer.sign(mailOf('1', 'All work and no play.\r\n'.repeat(40_000)));
    expect(await check(mail, { timeMs: 20_000 })).toMatchObject({ dkim: 'pass', dmarc: 'pass' });
    const changed = `${mail.slice(0, -9)}!${mail.slice(-8)}`;
    expect(await check(changed, { timeMs: 20_000 })).toMatchObject({ dkim: 'fail', dmarc: 'pass' });
  });

  it('follows the chain of who passed it on', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const record = `p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
    const mail = mailOf('1');
    const seal = { signingDomain: 'list.test', selector: 'l', privateKey: pem };
    const sealed = `${String(await sealMessage(mail, { ...seal, authResults: 'list.test; spf=pass', cv: 'none' }))}${mail}`;
    const resolver: Resolver = (name, type) =>
      name === 'l._domainkey.list.test' ? Promise.resolve([[record]]) : dns(name, type);
    expect(await check(sealed, { resolver })).toMatchObject({ arc: 'pass', dkim: 'none' });
    expect(await check(sealed.replace('Hello', 'Hullo'), { resolver })).toMatchObject({ arc: 'fail' });
  });

  it('fails what was changed, or came from elsewhere', async () => {
    const forged = (await peer.sign(mailOf('1'))).replace('Hello', 'Hullo');
    const found = await check(forged, { remoteIp: '192.0.2.9' });
    expect(found).toMatchObject({ spf: 'fail', dkim: 'fail', dmarc: 'fail', dmarcPolicy: 'reject' });
  });

  it('takes DNS that fails or is silent for trouble, in bounded time', async () => {
    const mail = await peer.sign(mailOf('1'));
    const trouble = { spf: 'temperror', dkim: 'temperror', dmarc: 'temperror' };
    const failing = () => Promise.reject(Object.assign(new Error('No'), { code: 'ESERVFAIL' }));
    expect(await check(mail, { resolver: failing })).toMatchObject(trouble);
    const silent = () => new Promise<never>(() => undefined);
    expect(await check(mail, { resolver: silent, timeMs: 50 })).toMatchObject(trouble);
  });

  it('pays for no more signatures than are reasonable, and still knows the policy', async () => {
    const signature = (length: number) =>
      `DKIM-Signature: v=1; a=rsa-sha256; d=peer.test; s=s1; l=${length}; h=from; bh=x; b=y\r\n`;
    const many = Array.from({ length: 500 }, (_, at) => signature(at)).join('') + mailOf('1');
    const found = await check(many, { remoteIp: '192.0.2.9' });
    expect(found).toMatchObject({ spf: 'fail', dkim: 'permerror', dmarc: 'fail', dmarcPolicy: 'reject' });
    const huge = `${'X-Pad: x\r\n'.repeat(30_000)}${mailOf('1')}`;
    expect(await check(huge)).toMatchObject({ spf: 'pass', dkim: 'permerror' });
  });

  it('lets nothing of the envelope break out of the header', async () => {
    const found = await check(mailOf('1'), { mailFrom: '"a; dkim=pass \\" b"@peer.test' });
    expect(found.results).toContain('smtp.mailfrom="\\"a; dkim=pass \\\\\\" b\\"@peer.test"');
  });

  it('never fails, whatever the message', async () => {
    for (const mail of ['', '\r\n', '\n\n', 'From: \r\n\r\n', '\0'.repeat(99), 'From: <a@b>, <c@d>\r\n\r\n'])
      expect(await check(mail)).toMatchObject({ spf: 'pass' });
  });
});
