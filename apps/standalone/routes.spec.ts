import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { Authentication } from '#features/accounts/authentication';
import { CreateTenant, CreateUser } from '#features/accounts/commands';
import type { Role } from '#features/accounts/events';
import { Commands } from '#platform/event-sourcing/commands';
import { newCause } from '#platform/event-sourcing/cause';
import { Subscriptions } from '#platform/event-sourcing/subscriptions';
import { ApiDescription } from '#platform/http/docs';
import { Routes, type Route } from '#platform/http/routes';
import { DataFolder } from '#platform/process/data-folder';
import { newFolder } from '#testing/folder';
import { testConfig } from '#testing/test-config';
import { boot, type Running } from './boot.js';

const folder = newFolder();
let running: Running;
let acme: Tenant;
let rival: Tenant;

const get = <T>(token: abstract new (...args: never[]) => T): T =>
  running.app.get<T>(token as Type<T>, { strict: false });

beforeAll(async () => {
  const owner = { email: 'owner@first.test', password: 'correct horse' };
  running = await boot(testConfig({ dataDir: folder, owner }), DataFolder.open(folder), false);
  acme = await newTenant('acme');
  rival = await newTenant('rival');
}, 60_000);
afterAll(() => running.stop());

const call = async (bearer: string | null, method: string, path: string, body?: object) => {
  const headers = {
    ...(bearer && { authorization: `Bearer ${bearer}` }),
    ...(body && { 'content-type': 'application/json' }),
  };
  const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(`${await running.app.getUrl()}${path}`, init);
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
};

/** A tenant with a user of every role, an inbox and tokens for it: with each scope alone, and with all. */
const newTenant = async (name: string) => {
  const actor = { type: 'system', id: 'spec' } as const;
  const now = new Date().toISOString();
  const context = newCause({ tenantId: '', actor, now });
  const tenantId = context.newId('ten');
  const of = () => newCause({ tenantId, actor, now });
  const terms = { plan: 'scale', governanceTier: 'team', proControls: false } as const;
  await get(Commands).execute(new CreateTenant({ tenantId, name, region: 'us', ...terms }), of());
  const users = new Map<Role, string>();
  for (const role of ['member', 'admin', 'owner'] as const) {
    const [userId, email] = [of().newId('usr'), `${role}@${name}.test`];
    await get(Commands).execute(new CreateUser({ userId, email, role, confirmed: true }), of());
    users.set(role, userId);
  }
  while (!(await get(Subscriptions).caughtUp())) await new Promise(setImmediate);
  /** A new one each time: some routes end it. */
  const session = async (role: Role) =>
    (await get(Authentication).open(users.get(role) ?? '', of())).access_token;

  const owner = await session('owner');
  const domain = `${name}-routes.test`;
  await call(owner, 'POST', '/v1/domains/', { domain });
  await call(owner, 'POST', `/v1/domains/${domain}/verify/`);
  const { body: inbox } = await call(owner, 'POST', '/v1/inboxes/', { address: `agent@${domain}` });
  const inbox_id = inbox.inbox_id as string;
  const token = async (...scopes: readonly string[]): Promise<string> =>
    (await call(owner, 'POST', '/v1/tokens/', { inbox_id, label: 'spec', scopes })).body.raw_token;
  const admin = ['approvals:read', 'approvals:write', 'billing:write', 'audit:read'];
  return {
    inbox_id,
    session,
    everything: await token('full', ...admin),
    reader: await token('email:read'),
    sender: await token('email:send'),
  };
};
type Tenant = Awaited<ReturnType<typeof newTenant>>;

const pathOf = ({ path }: Route) => `${path.replace(/:\w+/g, 'unknown')}/`;
const named = ({ method, path }: Route) => `${method} ${path}`;
const is =
  (...requirements: readonly string[]) =>
  (route: Route) =>
    requirements.includes(route.requirement);
const isScope = ({ requirement }: Route) => requirement.includes(':');
const routes = (wanted: (route: Route) => boolean) => get(Routes).all.filter(wanted);
const outcome = ({ status, body }: { status: number; body: { code?: string } }) =>
  status === 401 || status === 403 ? `${status} ${body.code}` : 'let in';

/** What each route answers to a caller, all of them the same. */
const expectAll = async (
  wanted: (route: Route) => boolean,
  caller: (route: Route) => string | null | Promise<string>,
  expected: string,
  query = '',
) => {
  const found = routes(wanted);
  expect(found.length).toBeGreaterThan(0);
  const outcomes = [];
  for (const route of found)
    outcomes.push([
      named(route),
      outcome(await call(await caller(route), route.method, `${pathOf(route)}${query}`)),
    ]);
  expect(outcomes).toEqual(found.map((route) => [named(route), expected]));
};

describe('every route', () => {
  const everybody = is('public', 'optional session');
  const needsCredential = (route: Route) => !everybody(route);

  it('lets in whom it declares, and tells the others why not', async () => {
    await expectAll(everybody, () => null, 'let in');
    await expectAll(needsCredential, () => null, '401 credential-missing');
    await expectAll(needsCredential, () => `gent_${'x'.repeat(43)}`, '401 token-invalid');
    await expectAll(needsCredential, () => 'nonsense', '401 session-invalid');
  }, 60_000);

  it('holds a token to its scopes and its inbox', async () => {
    await expectAll(
      isScope,
      (route) => (is('email:read')(route) ? acme.sender : acme.reader),
      '403 scope-missing',
    );
    await expectAll(
      (route) => isScope(route) || is('any', 'agent')(route),
      () => acme.everything,
      'let in',
    );
    await expectAll(is('session', 'admin', 'owner'), () => acme.everything, '403 session-required');
    const ofAnother = `?inbox_id=${acme.inbox_id}`;
    await expectAll(isScope, () => rival.everything, '403 inbox-mismatch', ofAnother);
  }, 60_000);

  it('holds a session to its role', async () => {
    for (const role of ['member', 'admin', 'owner'] as const) {
      await expectAll(
        (route) => isScope(route) || is('any', 'session')(route),
        () => acme.session(role),
        'let in',
      );
      await expectAll(is('agent'), () => acme.session(role), '403 token-required');
      await expectAll(
        is('admin'),
        () => acme.session(role),
        role === 'member' ? '403 role-required' : 'let in',
      );
    }
  }, 60_000);

  it('reads its input by a class that says what is valid', () => {
    for (const { controller, handler } of get(Routes).all) {
      const bound = Reflect.getMetadata('__routeArguments__', controller, handler.name) ?? {};
      const types = Reflect.getMetadata(
        'design:paramtypes',
        controller.prototype,
        handler.name,
      ) as Function[];
      for (const [binding, { index, data }] of Object.entries<{ index: number; data?: unknown }>(bound))
        if (/^[34]:/.test(binding) && data === undefined)
          expect([controller.name, handler.name, types[index]]).not.toContain(Object);
    }
  });
});

describe('the description of the API', () => {
  const operations = () =>
    Object.entries(get(ApiDescription).document.paths).flatMap(([path, item]) =>
      Object.entries(item as Readonly<Record<string, any>>).map(([method, operation]) => ({
        path,
        method,
        operation,
      })),
    );

  it('has every route, each with its answers, and 401 where there must be a credential', () => {
    expect(operations()).toHaveLength(routes(() => true).length);
    for (const { path, method, operation } of operations().filter((each) => each.path.startsWith('/v1/'))) {
      const statuses = Object.keys(operation.responses);
      const at = `${method} ${path}`;
      expect([at, statuses.some((status) => status.startsWith('2'))]).toEqual([at, true]);
      expect([at, statuses.some((status) => status.startsWith('4'))]).toEqual([at, true]);
      if (operation.security && !['public', 'optional session'].includes(operation['x-gent-requires']))
        expect([at, statuses]).toEqual([at, expect.arrayContaining(['401', '403'])]);
    }
  });

  it('has a body for what it answers with one', () => {
    const bare = operations().filter(({ operation }) =>
      ['200', '201'].some((status) => operation.responses[status] && !operation.responses[status].content),
    );
    expect(bare.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });
});
