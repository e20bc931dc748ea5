import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CounterModule } from '#testing/counter-http';
import { InMemoryApp, type Reply } from '#testing/in-memory-app';

const COUNTERS = '/counters/';

let app: InMemoryApp;
beforeEach(async () => {
  app = await InMemoryApp.start({ features: [CounterModule] });
});
afterEach(() => app.stop());

const raw = (method: string, path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  app.send(method, `/v1${path}`, body, {
    authorization: 'Bearer acme',
    'content-type': 'application/json',
    ...headers,
  });

const expectProblem = (reply: Reply, status: number, code: string, ...fields: readonly string[]) => {
  expect(reply).toMatchObject({ status, body: { type: 'about:blank', status, code } });
  expect(reply.headers.get('content-type')).toMatch('application/problem+json');
  expect(reply.body.request_id).toBe(reply.headers.get('x-request-id'));
  expect((reply.body.errors ?? []).map(({ field }: { field: string }) => field)).toEqual(fields);
};

const nested = (levels: number) => `{"by":1,"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

describe('a body', () => {
  it.each([
    ['that is not JSON', '{"by":', 400, 'malformed-json'],
    ['that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 400, 'malformed-json'],
    ['that is an array', '[]', 400, 'validation-failed'],
    ['that is a text', '"by"', 400, 'validation-failed'],
    ['that is null', 'null', 400, 'validation-failed'],
    ['with 65 levels', nested(65), 400, 'validation-failed'],
    ['of 5 MiB and a byte', ' '.repeat(5 * 1024 * 1024 + 1), 413, 'body-too-large'],
  ])('%s is refused', async (_, body, status, code) => {
    expectProblem(await raw('POST', COUNTERS, body), status, code);
  });

  it('may have 64 levels and brackets in its texts', async () => {
    expectProblem(await raw('POST', COUNTERS, nested(64)), 400, 'validation-failed', 'x');
    const many = `{"by":1,"x":"${'[\\"'.repeat(100)}"}`;
    expectProblem(await raw('POST', COUNTERS, many), 400, 'validation-failed', 'x');
  });

  it('may be 5 MiB', async () => {
    expect((await raw('POST', COUNTERS, `{"by":1}`.padEnd(5 * 1024 * 1024))).status).toBe(201);
  });

  it('must say that it is JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])
      expectProblem(
        await raw('POST', COUNTERS, '{"by":1}', { 'content-type': type }),
        415,
        'unsupported-media-type',
      );
    const spoken = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await raw('POST', COUNTERS, '{"by":1}', spoken)).status).toBe(201);
  });

  it('is not looked at before the caller is known', async () => {
    expectProblem(await raw('POST', COUNTERS, '{', { authorization: '' }), 401, 'credential-missing');
    expectProblem(
      await raw('POST', COUNTERS, '{', { authorization: 'Bearer acmeReader' }),
      403,
      'scope-missing',
    );
  });

  it('holds nothing that its route does not read', async () => {
    expectProblem(
      await raw('POST', `${COUNTERS}cnt_1/reset/`, '{"a":1}', asSession),
      400,
      'validation-failed',
      'a',
    );
    expect((await raw('POST', `${COUNTERS}cnt_1/reset/`, '{"inbox_id":"inb_acme"}', asSession)).status).toBe(
      204,
    );
    expect((await raw('POST', `${COUNTERS}cnt_1/reset/`, '', asSession)).status).toBe(204);
  });

  it.each([
    ['an unknown name, as it was sent', '{"by":1,"byHowMuch":1}', 'byHowMuch', 'unknown-field'],
    ['a name that objects have anyway', '{"by":1,"__proto__":{}}', '__proto__', 'unknown-field'],
    ['another such name', '{"by":1,"constructor":1}', 'constructor', 'unknown-field'],
    ['a third', '{"by":1,"toString":1}', 'toString', 'unknown-field'],
    ['the type before anything else', '{"by":1,"inbox_id":5}', 'inbox_id', 'is-string'],
    ['an inbox that is null', '{"by":1,"inbox_id":null}', 'inbox_id', 'is-string'],
    ['several inboxes', '{"by":1,"inbox_id":["inb_acme"]}', 'inbox_id', 'is-string'],
  ])('is refused with %s', async (_, body, field, code) => {
    const refused = await raw('POST', COUNTERS, body);
    expectProblem(refused, 400, 'validation-failed', field);
    expect(refused.body.errors[0].code).toBe(code);
  });

  it('says the same inbox as the query', async () => {
    const at = (query: string, body: string, headers = {}) =>
      raw('POST', `${COUNTERS}?inbox_id=${query}`, `{"by":1,"inbox_id":"${body}"}`, headers);
    expect((await at('inb_acme', 'inb_acme')).status).toBe(201);
    expectProblem(await at('inb_acme', 'inb_rival'), 403, 'inbox-mismatch');
    expectProblem(await at('inb_acme', 'inb_none', asSession), 400, 'validation-failed', 'inbox_id');
  });

  it('may be bytes of any type where the route says so, up to its limit', async () => {
    const typed = { 'content-type': 'image/png' };
    const sent = await raw('POST', `${COUNTERS}bytes/`, Buffer.alloc(1_000_000), typed);
    expect(sent).toMatchObject({ status: 201, body: { size: 1_000_000 } });
    expectProblem(
      await raw('POST', `${COUNTERS}bytes/`, Buffer.alloc(1_000_001), typed),
      413,
      'body-too-large',
    );
    const unannounced = new Blob([Buffer.alloc(1_500_000)]).stream();
    expectProblem(await raw('POST', `${COUNTERS}bytes/`, unannounced as never, typed), 413, 'body-too-large');
  });
});

const asSession = { authorization: 'Bearer acmeSession' };

describe('a path', () => {
  it('answers with and without its last slash', async () => {
    for (const path of ['/counters', '/counters/'])
      expect((await app.call('acme', 'GET', path)).status).toBe(200);
  });

  it('that is unknown is 404, and known for another method 405 with what there is', async () => {
    expectProblem(await app.call(null, 'GET', '/nothing/'), 404, 'not-found');
    const refused = await app.call('acme', 'DELETE', COUNTERS);
    expectProblem(refused, 405, 'method-not-allowed');
    expect(refused.headers.get('allow')).toBe('GET, HEAD, POST');
    expect((await app.call('acme', 'PUT', `${COUNTERS}x`)).headers.get('allow')).toBe('GET, HEAD, PATCH');
    expectProblem(await app.send('GET', '/auth/login/'), 405, 'method-not-allowed');
    // The framework asks for a Content-Type first.
    expectProblem(await app.call('acme', 'QUERY', COUNTERS), 405, 'method-not-allowed');
  });

  it('with a name of its own is no resource of that id', async () => {
    const refused = await app.call('acme', 'GET', `${COUNTERS}bytes/`);
    expectProblem(refused, 405, 'method-not-allowed');
    expect(refused.headers.get('allow')).toBe('POST');
    expectProblem(
      await app.call(null, 'PATCH', `${COUNTERS}reference?a=1`, { by: 1 }),
      405,
      'method-not-allowed',
    );
    expect((await app.call(null, 'HEAD', `${COUNTERS}reference/`)).status).toBe(200);
  });

  it('may name what is not there at any length', async () => {
    const path = `${COUNTERS}${'x'.repeat(8_000)}/`;
    expectProblem(await app.call('acme', 'GET', path), 404, 'not-found');
    expectProblem(await app.call(null, 'GET', path), 401, 'credential-missing');
  });

  it('that cannot be read is a problem too', async () => {
    expect(await app.send('GET', '/v1/counters/%zz/')).toMatchObject({ status: 400, body: { status: 400 } });
  });

  it('may begin elsewhere than at /v1', async () => {
    expect((await app.send('POST', '/auth/login/')).status).toBe(200);
    expect((await app.send('POST', '/v1/auth/login/')).status).toBe(404);
  });
});

describe('a query', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit=0x10', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['position=-1', 'position'],
    ['sort=up', 'sort'],
    ['reverse=1', 'reverse'],
    ['full=yes', 'full'],
    ['after=yesterday', 'after'],
    ['after=2026-02-30T00:00:00Z', 'after'],
    ['after=2026-soon-Z', 'after'],
    ['cursor=', 'cursor'],
    ['cursor=x&position=0', 'cursor'],
    ['wrong=1', 'wrong'],
    ['LIMIT=1', 'LIMIT'],
    ['constructor=1', 'constructor'],
    ['valueOf=1', 'valueOf'],
    ['inbox_id=inb_acme&inbox_id=inb_acme', 'inbox_id'],
  ])('with %s is refused under its name', async (query, field) => {
    expectProblem(await app.call('acme', 'GET', `${COUNTERS}?${query}`), 400, 'validation-failed', field);
  });

  it('is refused on a route that reads none', async () => {
    expectProblem(await app.call('acme', 'GET', `${COUNTERS}x/?a=1`), 400, 'validation-failed', 'a');
    expectProblem(await app.call('acme', 'GET', `${COUNTERS}x/?inbox_id=inb_acme`), 404, 'not-found');
  });

  it('is read as what it says', async () => {
    const { body } = await app.call(
      'acme',
      'GET',
      `${COUNTERS}?full=false&after=2026-01-01T01:00:00%2B01:00`,
    );
    expect(body).toMatchObject({ full: false, after: '2026-01-01T00:00:00.000Z', position: 0, limit: 50 });
  });
});

describe('a list', () => {
  it('goes on in a Link where it is a bare array', async () => {
    for (const by of [1, 2, 3]) await app.call('acme', 'POST', COUNTERS, { by });
    const first = await app.call('acme', 'GET', `${COUNTERS}bare/?limit=3`);
    const [, next] = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? [];
    const second = await app.call('acme', 'GET', String(next).replace(/^\/v1/, ''));
    expect([...first.body, ...second.body].sort()).toEqual([1, 2, 3, 6]);
    expect(second.headers.get('link')).toBeNull();
  });
});

describe('a revision', () => {
  it('is named by the answer, insisted on by If-Match, known by If-None-Match', async () => {
    const { body, headers } = await app.call('acme', 'POST', COUNTERS, { by: 1 });
    const etag = headers.get('etag') ?? '';
    const change = (ifMatch: string) =>
      app.call('acme', 'PATCH', `${COUNTERS}${body.counter_id}/`, { by: 1 }, { 'if-match': ifMatch });
    expect([etag, (await change(etag)).status, (await change('*')).status]).toEqual(['"0"', 200, 200]);
    for (const stale of [etag, 'W/"2"', '"0", "1"', '"12", W/"2", "20"', '"1,2"'])
      expectProblem(await change(stale), 412, 'revision-mismatch');
    expect([(await change('"0", "2"')).status, (await change('"3",W/"0"')).status]).toEqual([200, 200]);

    const known = await app.call(null, 'GET', `${COUNTERS}reference/`);
    const again = (tag: string) =>
      app.call(null, 'GET', `${COUNTERS}reference/`, undefined, { 'if-none-match': tag });
    const tag = known.headers.get('etag') ?? '';
    expect(await again(`W/${tag}, "x"`)).toMatchObject({ status: 304, body: '' });
    expect((await again('"x"')).status).toBe(200);
  });
});

describe('an origin', () => {
  it('may be any for a public catalogue, and only our own for the rest', async () => {
    const from = async (origin: string, path: string) =>
      (await app.call('acme', 'GET', path, undefined, { origin })).headers.get('access-control-allow-origin');
    expect(await from('https://elsewhere.example', `${COUNTERS}reference/`)).toBe('*');
    expect(await from('https://elsewhere.example', COUNTERS)).toBeNull();
    expect(await from('http://127.0.0.1:3000', COUNTERS)).toBe('http://127.0.0.1:3000');

    const probed = await app.send('GET', '/probe', undefined, { origin: 'https://elsewhere.example' });
    expect([probed.status, probed.headers.get('access-control-allow-origin')]).toEqual([200, null]);

    const asked = { origin: 'http://127.0.0.1:3000', 'access-control-request-method': 'POST' };
    const preflight = await app.call(null, 'OPTIONS', COUNTERS, undefined, asked);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  });

  it('is our own at whatever port was found, where any was asked for', async () => {
    const anywhere = await InMemoryApp.start({
      features: [CounterModule],
      config: { publicUrl: 'http://127.0.0.1:0' },
    });
    const origin = await anywhere.url();
    const { headers } = await anywhere.call('acme', 'GET', COUNTERS, undefined, { origin });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    await anywhere.stop();
  });
});
