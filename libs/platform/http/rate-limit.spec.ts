import { afterEach, describe, expect, it } from '@jest/globals';
import { CounterModule } from '#testing/counter-http';
import { InMemoryApp } from '#testing/in-memory-app';
import { TokenBuckets } from './token-bucket.js';

describe('a bucket', () => {
  it('gives its quota at once, and then as fast as it fills', () => {
    const policy = { quota: 200, windowSeconds: 4 };
    const buckets = new TokenBuckets();
    const take = (atMs: number) => buckets.take(policy, 'key', atMs);
    const burst = Array.from({ length: 201 }, () => take(0));
    expect(burst.filter(({ allowed }) => allowed)).toHaveLength(200);
    expect(burst[0]).toEqual({ allowed: true, remaining: 199, resetSeconds: 1, waitSeconds: 1 });
    expect(burst[200]).toEqual({ allowed: false, remaining: 0, resetSeconds: 4, waitSeconds: 1 });
    const second = Array.from({ length: 100 }, () => take(1_000));
    expect(second.filter(({ allowed }) => allowed)).toHaveLength(50);
    expect(buckets.take(policy, 'other', 1_000).allowed).toBe(true);
  });
});

describe('a limit', () => {
  let app: InMemoryApp;
  afterEach(() => app.stop());

  const from = (ip: string, body = '{}') =>
    app.send('POST', '/auth/login/', body, { 'content-type': 'application/json', 'x-forwarded-for': ip });

  it('holds for a client address on a public route, and not for this machine', async () => {
    app = await InMemoryApp.start({ features: [CounterModule] });
    const replies = [];
    for (let call = 0; call < 11; call += 1) replies.push(await from('203.0.113.1'));
    expect(replies.map(({ status }) => status)).toEqual([...Array<number>(10).fill(200), 429]);
    const [first, last] = [replies[0]?.headers, replies[10]?.headers];
    expect(first?.get('ratelimit-policy')).toBe('"auth";q=10;w=60');
    expect(first?.get('ratelimit')).toBe('"auth";r=9;t=6');
    expect(Number(last?.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(replies[10]?.body).toMatchObject({ code: 'rate-limited', status: 429 });
    expect((await from('203.0.113.2')).status).toBe(200);
    for (let call = 0; call < 12; call += 1) expect((await from('127.0.0.1')).status).toBe(200);
  });

  it('holds for an IPv6 network of 64 bits, whose addresses are all of one client', async () => {
    app = await InMemoryApp.start({ features: [CounterModule] });
    for (let call = 0; call < 10; call += 1) await from(`2001:db8:0:1::${call}`);
    const others = ['2001:db8:0:1:ffff::1', '2001:db8:0:2::1', '::ffff:203.0.113.1', '::ffff:203.0.113.2'];
    const replies = await Promise.all(others.map((ip) => from(ip)));
    expect(replies.map(({ status }) => status)).toEqual([429, 200, 200, 200]);
    for (let call = 0; call < 10; call += 1) await from('::ffff:203.0.113.1');
    expect((await from('203.0.113.1')).status).toBe(429);
    expect((await from('203.0.113.2')).status).toBe(200);
  });

  it('holds for an e-mail address that one signs in with, from wherever', async () => {
    app = await InMemoryApp.start({ features: [CounterModule] });
    const statuses = [];
    for (let call = 0; call < 6; call += 1)
      statuses.push((await from(`203.0.113.${call}`, '{"email":"Ann@here.example"}')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await from('203.0.113.9', '{"email":"bob@here.example"}')).status).toBe(200);
  });

  it('remembers no e-mail address that is longer than one can be', async () => {
    app = await InMemoryApp.start({ features: [CounterModule] });
    const statuses = async (email: string) => {
      const ips = Array.from({ length: 6 }, (_, call) => `203.0.113.${call}`);
      const replies = await Promise.all(ips.map((ip) => from(ip, JSON.stringify({ email }))));
      return replies.map(({ status }) => status).filter((status) => status === 429);
    };
    expect(await statuses('a'.repeat(320))).toHaveLength(1);
    expect(await statuses('a'.repeat(321))).toHaveLength(0);
  });

  it('holds on this machine too in production', async () => {
    app = await InMemoryApp.start({ features: [CounterModule], config: { production: true } });
    const statuses = [];
    for (let call = 0; call < 11; call += 1) statuses.push((await from('127.0.0.1')).status);
    expect(statuses.at(-1)).toBe(429);
  });

  it('holds for a credential', async () => {
    app = await InMemoryApp.start({ features: [CounterModule] });
    const { headers } = await app.call('acme', 'GET', '/counters/');
    expect(headers.get('ratelimit-policy')).toBe('"credential";q=200;w=4');
    expect(headers.get('ratelimit')).toBe('"credential";r=199;t=1');
    const statuses = [];
    for (let call = 0; call < 12; call += 1)
      statuses.push((await app.call('rival', 'GET', '/counters/')).status);
    expect(statuses).not.toContain(429);
  });
});
