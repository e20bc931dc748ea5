import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CounterModule } from '#testing/counter-http';
import { InMemoryApp } from '#testing/in-memory-app';

/** As much of an OpenAPI document as is looked at here. */
type Problem = Readonly<{
  allOf: readonly Readonly<{ properties: { code: { enum: readonly string[] } } }>[];
}>;
type Response = Readonly<{ content?: Readonly<Record<string, Readonly<{ schema: Problem }>>> }>;
type Parameter = Readonly<{ name: string; in: string; required: boolean; schema: object }>;
type Operation = Readonly<{
  parameters: readonly Parameter[];
  responses: Readonly<Record<string, Response>>;
}>;
type Described = Readonly<{ paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }>;

describe('the description of the API', () => {
  let app: InMemoryApp;
  let document: Described;
  beforeAll(async () => {
    app = await InMemoryApp.start({ features: [CounterModule] });
    ({ body: document } = await app.send('GET', '/openapi.json'));
  });
  afterAll(() => app.stop());

  const codesOf = (method: string, path: string) =>
    Object.fromEntries(
      Object.entries(document.paths[path]?.[method]?.responses ?? {}).map(([status, { content }]) => [
        status,
        content?.['application/problem+json']?.schema.allOf[1]?.properties.code.enum,
      ]),
    );

  it('has every route under its canonical path', () => {
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/auth/login/', '/openapi.json', '/v1/counters/', '/v1/counters/{id}/reset/']),
    );
  });

  it('tells what a route may refuse with: what its kind does, and what is its own', () => {
    expect(codesOf('post', '/v1/counters/')).toMatchObject({
      400: ['malformed-json', 'validation-failed'],
      401: ['credential-missing', 'token-invalid', 'token-paused', 'inbox-deactivated', 'session-invalid'],
      403: ['scope-missing', 'inbox-mismatch'],
      409: ['concurrent-change', 'idempotency-key-reused', 'idempotency-key-in-progress', 'name-taken'],
      415: ['unsupported-media-type'],
      429: ['rate-limited'],
    });
    expect(codesOf('patch', '/v1/counters/{id}/')).toMatchObject({ 412: ['revision-mismatch'] });
    expect(codesOf('post', '/v1/counters/{id}/reset/')[403]).toEqual(['session-required']);
    for (const path of ['/v1/counters/{id}/reset/', '/v1/counters/'])
      expect(codesOf('post', path)[401]).toContain('token-paused');
    expect(codesOf('get', '/v1/counters/reference/')[401]).toContain('credential-missing');
    expect(Object.keys(codesOf('get', '/v1/counters/reference/'))).not.toContain('403');
    expect(Object.keys(codesOf('post', '/auth/login/'))).not.toContain('401');
  });

  it('has the inbox that a session must name', () => {
    const parameters = (method: string, path: string) =>
      document.paths[path]?.[method]?.parameters.map((each) => `${each.in} ${each.name}`);
    expect(parameters('get', '/v1/counters/{id}/')).toContain('query inbox_id');
    expect(parameters('post', '/v1/counters/')).toContain('query inbox_id');
    expect(parameters('post', '/auth/login/')).not.toContain('query inbox_id');
  });

  it('says what the rules of an input say, once for all', () => {
    const schemas = Object.fromEntries(
      (document.paths['/v1/counters/']?.['get']?.parameters ?? []).map(({ name, schema }) => [name, schema]),
    );
    expect(schemas).toMatchObject({
      limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
      cursor: { type: 'string', minLength: 1, maxLength: 2_048 },
      sort: { type: 'string', enum: ['asc', 'desc'] },
    });
  });

  it('tells of 304 where what is known already may be named', () => {
    expect(Object.keys(codesOf('get', '/v1/counters/{id}/'))).toContain('304');
    expect(Object.keys(codesOf('post', '/v1/counters/'))).not.toContain('304');
  });

  it('is a page to read too, with all that it loads', async () => {
    const text = (path: string) => app.text(path);
    const page = await text('/docs/');
    const loaded = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => String(path));
    expect(loaded).toHaveLength(3);
    for (const path of loaded) expect((await text(path)).length).toBeGreaterThan(50);
  });
});
