import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CounterModule } from '#testing/counter-http';
import { InMemoryApp } from '#testing/in-memory-app';

let app: InMemoryApp;
beforeEach(async () => {
  app = await InMemoryApp.start({ features: [CounterModule] });
});
afterEach(() => app.stop());

const COUNTERS = '/counters/';
const count = (by: number, key: string, caller = 'acme') =>
  app.call(caller, 'POST', COUNTERS, { by }, { 'idempotency-key': key });
const counted = () => app.store.log.filter(({ type }) => type === 'Counted').length;

it('answers the same POST with the same key once more, and does it once', async () => {
  const first = await count(1, 'a');
  const again = await count(1, 'a');
  expect(again).toMatchObject({ status: 201, body: first.body });
  for (const name of ['etag', 'content-type']) expect(again.headers.get(name)).toBe(first.headers.get(name));
  const replayed = (reply: { headers: Headers }) => reply.headers.get('idempotency-replayed');
  expect([replayed(first), replayed(again), counted()]).toEqual([null, 'true', 1]);
  expect((await count(1, 'b')).body.counter_id).not.toBe(first.body.counter_id);
});

it('refuses the key for another request, and lets every caller have it', async () => {
  await count(1, 'a');
  expect(await count(2, 'a')).toMatchObject({ status: 409, body: { code: 'idempotency-key-reused' } });
  const elsewhere = { 'idempotency-key': 'a' };
  const bytes = await app.call('acme', 'POST', `${COUNTERS}bytes/`, {}, elsewhere);
  expect(bytes).toMatchObject({ status: 409, body: { code: 'idempotency-key-reused' } });
  expect((await count(2, 'a', 'rival')).status).toBe(201);
});

it('takes a path for the same with and without its last slash', async () => {
  const first = await count(1, 'a');
  const more = { 'idempotency-key': 'a' };
  const again = await app.call('acme', 'POST', COUNTERS.replace(/\/$/, ''), { by: 1 }, more);
  expect([again.status, again.body, counted()]).toEqual([201, first.body, 1]);
  const asking = await app.call('acme', 'POST', `${COUNTERS}?inbox_id=inb_acme`, { by: 1 }, more);
  expect(asking).toMatchObject({ status: 409, body: { code: 'idempotency-key-reused' } });
});

it('outlives the process', async () => {
  const first = await count(1, 'a');
  app = await app.restarted();
  expect(await count(1, 'a')).toMatchObject({ status: 201, body: first.body });
  expect(counted()).toBe(1);
});

it('repeats a refusal that would stay the same, with the request that it was for', async () => {
  const first = await count(101, 'a');
  const again = await count(101, 'a');
  expect(first).toMatchObject({ status: 409, body: { code: 'counter-full' } });
  expect(again).toMatchObject({ status: 409, body: first.body });
  expect(again.headers.get('content-type')).toMatch('application/problem+json');
});

it('makes an attempt that was cut off again with the same ids', async () => {
  const { append } = app.store;
  app.store.append = async (...appended) => {
    await append.apply(app.store, appended);
    throw new Error('The process died here');
  };
  expect((await count(1, 'a')).status).toBe(500);
  app.store.append = append;
  const again = await count(1, 'a');
  expect(again.status).toBe(201);
  expect(counted()).toBe(1);
  expect(app.store.log[0]?.stream).toBe(`counter-${again.body.counter_id}`);
});

it('has one effect when the calls come at once', async () => {
  const replies = await Promise.all([1, 2, 3, 4].map(() => count(1, 'a')));
  expect(new Set(replies.map(({ body }) => body.counter_id)).size).toBe(1);
  expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(counted()).toBe(1);
});

it('compares bytes that stream in', async () => {
  const send = (content: string) =>
    app.send('POST', `/v1${COUNTERS}bytes/`, content, {
      authorization: 'Bearer acme',
      'idempotency-key': 'a',
    });
  const first = await send('abc');
  expect(await send('abc')).toMatchObject({ status: 201, body: first.body });
  expect(await send('abd')).toMatchObject({ status: 409, body: { code: 'idempotency-key-reused' } });
});

it.each(['', 'a b', 'ä'.normalize(), 'x'.repeat(256)])('refuses the key %j', async (key) => {
  const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') };
  const refused = await app.call('acme', 'POST', COUNTERS, { by: 1 }, headers);
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
});

it('keeps no refusal that comes before the request is looked at', async () => {
  const headers = { 'idempotency-key': 'a' };
  expect((await app.call('acmeReader', 'POST', COUNTERS, { by: 1 }, headers)).status).toBe(403);
  expect((await count(1, 'a')).status).toBe(201);
});
