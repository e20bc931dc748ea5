import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Resolver } from '#mail/authentication/verify';
import { mailOf, SigningDomain } from '#testing/signed-mail';
import { CheckThread } from './check-thread.js';

const peer = new SigningDomain('peer.test');
const envelope = { remoteIp: '127.0.0.1', helo: 'x', mailFrom: 'a@peer.test', hostname: 'mx.gent.test' };
const absent = () => Promise.reject(Object.assign(new Error('None'), { code: 'ENOTFOUND' }));

let [thread, asked, lost]: [CheckThread, string[], number] = [] as never;
beforeEach(() => {
  [asked, lost] = [[], 0];
  const dns: Resolver = (name, type) => {
    asked.push(`${type} ${name}`);
    const zone: Record<string, { TXT: readonly (string | readonly string[])[] }> = peer.zone();
    const texts = type === 'TXT' ? zone[name]?.TXT : undefined;
    return texts ? Promise.resolve(texts.map((text) => [text].flat())) : absent();
  };
  thread = new CheckThread(dns, () => (lost += 1));
});
afterEach(() => thread.close());

const check = (mail: string | Buffer, timeMs = 20_000) =>
  thread.check({ envelope, source: new Uint8Array(Buffer.from(mail)), timeMs });

describe('a thread that checks messages', () => {
  it('checks many at a time, and asks DNS once', async () => {
    const mail = await peer.sign(mailOf('1'));
    const found = await Promise.all(Array.from({ length: 20 }, () => check(mail)));
    expect(found.map(({ spf, dkim, dmarc }) => `${spf} ${dkim} ${dmarc}`)).toEqual(
      Array(20).fill('pass pass pass'),
    );
    expect(asked.filter((question) => question === 'TXT peer.test')).toHaveLength(1);
  });

  it('gives up a body made to be expensive, or is replaced, and goes on', async () => {
    await check(mailOf('warm'));
    const expensive = Buffer.concat([
      Buffer.from(await peer.sign(mailOf('1'))),
      Buffer.alloc(16_000_000, '\n'),
    ]);
    expect(await check(expensive, 100)).toMatchObject({ spf: 'temperror', dkim: 'temperror' });
    expect(await check(await peer.sign(mailOf('2')))).toMatchObject({ spf: 'pass', dkim: 'pass' });
    expect(lost).toBeLessThanOrEqual(1);
  });
});
