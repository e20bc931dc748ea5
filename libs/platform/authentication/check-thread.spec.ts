import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordResolver } from '#platform/dns/record-resolver';
import { NOW } from '#testing/context';
import { mailOf, SigningDomain } from '#testing/signed-mail';
import { CheckThread } from './check-thread.js';

const peer = new SigningDomain('peer.test');
const envelope = { remoteIp: '127.0.0.1', helo: 'x', mailFrom: 'a@peer.test', hostname: 'mx.gent.test' };
const absent = () => Promise.reject(Object.assign(new Error('None'), { code: 'ENOTFOUND' }));

let [thread, asked, lost]: [CheckThread, string[], number] = [] as never;
beforeEach(() => {
  [asked, lost] = [[], 0];
  const dns: RecordResolver = (name, type) => {
    asked.push(`${type} ${name}`);
    const zone: Record<string, { TXT: readonly (string | readonly string[])[] }> = peer.zone();
    const texts = type === 'TXT' ? zone[name]?.TXT : undefined;
    return texts
      ? Promise.resolve({ records: texts.map((text) => [text].flat()), ttlSeconds: 60 })
      : absent();
  };
  thread = new CheckThread(dns, () => (lost += 1));
});
afterEach(() => thread.close());

const check = (mail: string | Buffer, timeMs = 20_000) =>
  thread.check({ envelope, source: new Uint8Array(Buffer.from(mail)), timeMs, at: NOW });

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
    const signature = (length: number) =>
      `DKIM-Signature: v=1; a=rsa-sha256; d=peer.test; s=s1; l=${length}; h=from; bh=x; b=y\r\n`;
    const signatures = Array.from({ length: 10 }, (_, at) => signature(at)).join('');
    const expensive = Buffer.concat([Buffer.from(signatures + mailOf('1')), Buffer.alloc(16_000_000, '\n')]);
    expect(await check(expensive, 100)).toMatchObject({ spf: 'temperror', dkim: 'temperror' });
    expect(await check(await peer.sign(mailOf('2')))).toMatchObject({ spf: 'pass', dkim: 'pass' });
    expect(lost).toBeLessThanOrEqual(1);
  });
});
