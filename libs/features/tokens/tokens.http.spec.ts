import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Filter, LogBatch, Position } from '#kernel/event-store';
import { Clock } from '#platform/clock/clock';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { Projections } from '#platform/event-sourcing/projections';
import { SessionCredentials } from '#platform/http/credentials';
import { ReadStore } from '#platform/read-store/read-store';
import { utc } from '#platform/time/utc';
import { MovableClock } from '#testing/context';
import { FixedCredentials } from '#testing/fixed-credentials';
import { InMemoryApp } from '#testing/in-memory-app';
import { InMemoryEventStore } from '#testing/in-memory-event-store';
import { InMemoryReadStore } from '#testing/in-memory-read-store';
import { tenantEvents } from '../accounts/events.js';
import { tenants } from '../accounts/read-model.js';
import { domainEvents } from '../domains/events.js';
import { domains } from '../domains/read-model.js';
import { InboxesModule } from '../inboxes/module.js';
import { TokensModule } from './module.js';
import { SCOPES } from './scopes.js';

/** A log whose followers can be held up, so that every view lags for as long as one likes. */
class StallingEventStore extends InMemoryEventStore {
  private stall = Promise.withResolvers<void>();

  constructor() {
    super();
    this.flow();
  }

  hold() {
    this.stall = Promise.withResolvers();
  }

  flow() {
    this.stall.resolve();
  }

  override async *subscribe(
    after: Position,
    stopping: AbortSignal,
    filter?: Filter,
  ): AsyncIterable<LogBatch> {
    for await (const batch of super.subscribe(after, stopping, filter)) {
      await this.stall.promise;
      yield batch;
    }
  }
}

/** A store of documents that can be away. */
class FlakyReadStore extends InMemoryReadStore {
  isAway = false;

  override async write(...change: Parameters<ReadStore['write']>) {
    if (this.isAway) throw new Error('away');
    return super.write(...change);
  }
}

const features = [
  EventSourcingModule.forFeature({
    catalogs: [tenantEvents, domainEvents],
    projections: [tenants, domains],
  }),
  InboxesModule,
  TokensModule,
];

let clock: MovableClock;
let store: StallingEventStore;
let documents: FlakyReadStore;
let app: InMemoryApp;
const startProcess = (vault?: InMemoryApp['vault']) => {
  const ports = [
    { provide: Clock, useValue: clock },
    { provide: ReadStore, useValue: documents },
    { provide: SessionCredentials, useClass: FixedCredentials },
  ];
  return InMemoryApp.start({ features, realCredentials: true, ports, store }, vault);
};

const givenInbox = async (inboxId: string, tenantId = 'ten_acme') => {
  const data = {
    inboxId,
    address: `${inboxId}@agents.example.com`,
    domain: 'agents.example.com',
    displayName: 'Bot',
    ownerUserId: 'usr_acme',
  };
  await app.given(`inbox-${inboxId}`, { type: 'InboxCreated', data }, { tenantId, inboxId });
};
const givenDomain = async (domain: string) => {
  const keys = { dkimPublicKey: 'key', ownershipToken: 'token' };
  const data = { domainId: 'dom_1', domain, domainUse: 'existing_domain', dmarcPolicy: 'none', ...keys };
  await app.given('domain-dom_1', { type: 'DomainAdded', data });
  await app.given('domain-dom_1', { type: 'DomainVerified', data: { domainId: 'dom_1', domain } });
  await app.settled();
};
const givenTier = async (governanceTier: string) => {
  const data = { tenantId: 'ten_acme', plan: 'scale', governanceTier, proControls: false };
  await app.given('tenant-ten_acme', { type: 'PlanChanged', data });
  await app.settled();
};

beforeEach(async () => {
  [clock, store, documents] = [new MovableClock(), new StallingEventStore(), new FlakyReadStore()];
  app = await startProcess();
  const data = { tenantId: 'ten_acme', name: 'Acme', region: 'us', plan: 'scale', governanceTier: 'team' };
  await app.given('tenant-ten_acme', { type: 'TenantCreated', data: { ...data, proControls: false } });
  await givenInbox('inb_a');
  await givenInbox('inb_b');
  await givenInbox('inb_rival', 'ten_rival');
  await app.settled();
});
afterEach(() => app.stop());

const call = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
  app.call('acmeSession', method, `/tokens/${path}`, body, headers);
const wanted = { inbox_id: 'inb_a', scopes: ['email:read'], label: 'Support' };
const create = async (more = {}) => (await call('POST', '', { ...wanted, ...more })).body;
const refused = async (reply: ReturnType<typeof call>) => {
  const { status, body } = await reply;
  return [status, body.code, ...(body.errors ?? []).map(({ field }: { field: string }) => field)];
};
/** What becomes of a call that every token may make. */
const used = async (raw: string, at = app) => {
  const { status, body } = await at.call(raw, 'GET', '/tokens/self/');
  return status === 200 ? 'accepted' : body.code;
};
const patch = (tokenId: string, body: object, headers?: Record<string, string>) =>
  call('PATCH', `${tokenId}/`, body, headers);

describe('a token', () => {
  it('is created with a raw value that is shown this once', async () => {
    const { status, body, headers } = await call('POST', '', { ...wanted, requires_approval: [] });
    const { raw_token, ...token } = body;
    expect([status, headers.get('etag')]).toEqual([201, '"0"']);
    expect(token).toEqual({
      token_id: expect.stringMatching(/^tok_/),
      inbox_id: 'inb_a',
      label: 'Support',
      scopes: ['email:read'],
      requires_approval: [],
      status: 'active',
      expires_at: null,
      created_at: utc(clock.now()),
      last_used_at: null,
      prefix: raw_token.slice(0, 9),
    });
    expect(raw_token).toMatch(/^gent_[\w-]{43}$/);
    expect((await call('GET', `${token.token_id}/`)).body).toEqual(token);
    expect((await call('GET', '?inbox_id=inb_a')).body).toMatchObject({ results: [token], total: 1 });
    await app.settled();
    expect(JSON.stringify(store.log.map(({ data }) => data))).not.toContain(raw_token);
  });

  it('knows itself and its inbox', async () => {
    const { raw_token, token_id } = await create({
      scopes: ['read', 'email:send'],
      requires_approval: ['email:send'],
      inbox_id: 'INB_A@agents.example.com'.toLowerCase(),
    });
    const { body } = await app.call(raw_token, 'GET', '/tokens/self/');
    expect(body).toEqual({
      token_id,
      label: 'Support',
      scopes: ['read', 'email:send'],
      effective_scopes: expect.arrayContaining(['email:read', 'email:send', 'stats:read']),
      requires_approval: ['email:send'],
      expires_at: null,
      inbox: {
        inbox_id: 'inb_a',
        address: 'inb_a@agents.example.com',
        display_name: 'Bot',
        status: 'active',
        default_timezone: null,
      },
    });
    expect(body.effective_scopes).not.toContain('read');
    expect(await refused(call('GET', 'self/'))).toEqual([403, 'token-required']);
    expect(await refused(app.call(raw_token, 'GET', `/tokens/${token_id}/`))).toEqual([
      403,
      'session-required',
    ]);
  });

  it.each([
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['email:explode'] }, 'scopes'],
    [{ scopes: 'email:read' }, 'scopes'],
    [{ label: '' }, 'label'],
    [{ label: 'x'.repeat(101) }, 'label'],
    [{ expires_at: '2025-12-31T23:59:59Z' }, 'expires_at'],
    [{ expires_at: 'tomorrow' }, 'expires_at'],
    [{ requires_approval: ['email:read'] }, 'requires_approval'],
    [{ requires_approval: ['email:send'] }, 'requires_approval'],
    [{ scopes: ['write'], requires_approval: ['write'] }, 'requires_approval'],
    [{ colour: 'red' }, 'colour'],
  ])('is not created with %j', async (more, field) => {
    expect(await refused(call('POST', '', { ...wanted, ...more }))).toEqual([
      400,
      'validation-failed',
      field,
    ]);
  });

  it('needs an inbox of its tenant that is not closed', async () => {
    const { inbox_id: _, ...without } = wanted;
    expect(await refused(call('POST', '', without))).toEqual([400, 'inbox-id-required', 'inbox_id']);
    expect(await refused(call('GET', ''))).toEqual([400, 'inbox-id-required', 'inbox_id']);
    for (const inbox_id of ['inb_unknown', 'inb_rival'])
      expect(await refused(call('POST', '', { ...wanted, inbox_id }))).toEqual([404, 'not-found']);
    await app.call('acmeSession', 'DELETE', '/inboxes/inb_a/');
    expect(await refused(call('POST', '', wanted))).toEqual([409, 'inbox-closing']);
  });

  it('gets scopes for admins from an admin only', async () => {
    const body = { ...wanted, scopes: ['audit:read'] };
    expect(await refused(call('POST', '', body))).toEqual([403, 'role-required']);
    expect((await app.call('acmeAdmin', 'POST', '/tokens/', body)).status).toBe(201);
  });

  it('is held for approval, and paused, only where the governance tier opens that', async () => {
    const { token_id, raw_token } = await create();
    const gated = { ...wanted, scopes: ['email:send'], requires_approval: ['email:send'] };
    await givenTier('token_controls');
    const { status, body } = await call('POST', '', gated);
    expect([status, body]).toMatchObject([403, { code: 'governance-tier-required', required: 'full' }]);
    await givenTier('none');
    for (const action of ['pause', 'resume'])
      expect((await patch(token_id, { action })).body).toMatchObject({
        code: 'governance-tier-required',
        required: 'token_controls',
      });
    expect((await patch(token_id, { action: 'rotate' })).status).toBe(200);
    expect((await call('DELETE', `${token_id}/`)).status).toBe(204);
    expect(await used(raw_token)).toBe('token-invalid');
    await givenTier('full');
    expect((await call('POST', '', gated)).status).toBe(201);
  });

  it('does not exist for another tenant, nor under another inbox', async () => {
    const { token_id } = await create();
    for (const [method, body] of [['GET'], ['PATCH', { action: 'rotate' }], ['DELETE']] as const) {
      const path = `/tokens/${token_id}/`;
      expect(await refused(app.call('rivalAdmin', method, path, body))).toEqual([404, 'not-found']);
      expect(await refused(call(method, `${token_id}/?inbox_id=inb_b`, body))).toEqual([404, 'not-found']);
    }
    expect(await refused(app.call('rivalAdmin', 'GET', '/tokens/?inbox_id=inb_a'))).toEqual([
      404,
      'not-found',
    ]);
    expect((await call('GET', '?inbox_id=inb_b')).body.total).toBe(0);
  });

  it('is changed by one of three actions', async () => {
    const { token_id } = await create();
    expect(await refused(patch(token_id, {}))).toEqual([400, 'validation-failed', 'action']);
    expect(await refused(patch(token_id, { action: 'burn' }))).toEqual([400, 'validation-failed', 'action']);
    expect(await refused(patch(token_id, { action: 'rotate', grace_seconds: 86_401 }))).toEqual([
      400,
      'validation-failed',
      'grace_seconds',
    ]);
    expect(await refused(patch(token_id, { action: 'pause', grace_seconds: 1 }))).toEqual([
      400,
      'validation-failed',
      'grace_seconds',
    ]);
    expect(await refused(patch('tok_unknown', { action: 'pause' }))).toEqual([404, 'not-found']);
    expect(await refused(patch(token_id, { action: 'pause' }, { 'if-match': '"7"' }))).toEqual([
      412,
      'revision-mismatch',
    ]);
    expect((await patch(token_id, { action: 'resume' })).body).toMatchObject({ status: 'active' });
    expect((await patch(token_id, { action: 'pause' })).body).toMatchObject({ status: 'paused' });
    const again = await patch(token_id, { action: 'pause' });
    expect([again.status, again.headers.get('etag'), again.body.raw_token]).toEqual([200, '"1"', undefined]);
  });

  it('is listed by what has become of it, newest first', async () => {
    const label = async (name: string, more = {}) => {
      clock.pass(1_000);
      return (await create({ label: name, ...more })).token_id;
    };
    await label('active');
    await patch(await label('paused'), { action: 'pause' });
    await call('DELETE', `${await label('revoked')}/`);
    const soon = new Date(Date.parse(clock.now()) + 60_000).toISOString();
    await label('expired', { expires_at: soon });
    await patch(await label('paused, then expired', { expires_at: soon }), { action: 'pause' });
    clock.pass(60_000);
    const labels = async (query: string) => {
      const { results } = (await call('GET', `?inbox_id=inb_a${query}`)).body;
      return results.map((token: { label: string }) => token.label);
    };
    expect(await labels('')).toEqual(['paused, then expired', 'expired', 'revoked', 'paused', 'active']);
    expect(await labels('&status=active')).toEqual(['active']);
    expect(await labels('&status=paused')).toEqual(['paused']);
    expect(await labels('&status=revoked')).toEqual(['revoked']);
    expect(await labels('&status=expired')).toEqual(['paused, then expired', 'expired']);
    expect(await labels('&status=expired&limit=1')).toEqual(['paused, then expired']);
    expect(await refused(call('GET', '?inbox_id=inb_a&status=gone'))).toEqual([
      400,
      'validation-failed',
      'status',
    ]);
  });

  it('tells when it was used last, after a restart too', async () => {
    const { token_id, raw_token } = await create();
    clock.pass(5_000);
    const at = clock.now();
    await used(raw_token);
    clock.pass(5_000);
    expect((await call('GET', `${token_id}/`)).body.last_used_at).toBe(utc(at));
    const { vault } = app;
    await app.stop();
    app = await startProcess(vault);
    expect((await call('GET', `${token_id}/`)).body.last_used_at).toBe(utc(at));
    expect(JSON.stringify(store.log.map(({ type }) => type))).not.toContain('Used');
  });
});

describe('what is done to a token counts on the next call', () => {
  let other: InMemoryApp;
  beforeEach(async () => {
    other = await startProcess(app.vault);
    store.hold();
  });
  afterEach(async () => {
    store.flow();
    await other.stop();
  });

  it('in every process, however far the views lag', async () => {
    const { token_id, raw_token } = await create();
    expect(await used(raw_token, other)).toBe('accepted');
    await patch(token_id, { action: 'pause' });
    expect([await used(raw_token), await used(raw_token, other)]).toEqual(['token-paused', 'token-paused']);
    await patch(token_id, { action: 'resume' });
    expect(await used(raw_token, other)).toBe('accepted');
    const { raw_token: next } = (await patch(token_id, { action: 'rotate' })).body;
    expect([await used(raw_token, other), await used(next, other)]).toEqual(['token-invalid', 'accepted']);
    expect((await call('DELETE', `${token_id}/`)).status).toBe(204);
    expect((await call('DELETE', `${token_id}/`)).status).toBe(204);
    expect(await used(next, other)).toBe('token-invalid');
    expect(await refused(patch(token_id, { action: 'resume' }))).toEqual([409, 'token-not-active']);
    store.flow();
    await app.settled();
    expect([await used(raw_token), await used(next)]).toEqual(['token-invalid', 'token-invalid']);
  });

  it('and the time of grace is kept exactly', async () => {
    const { token_id, raw_token: first } = await create();
    const rotate = async (grace_seconds: number) =>
      (await patch(token_id, { action: 'rotate', grace_seconds })).body.raw_token;
    const second = await rotate(60);
    expect([await used(first, other), await used(second, other)]).toEqual(['accepted', 'accepted']);
    clock.pass(59_999);
    expect(await used(first, other)).toBe('accepted');
    clock.pass(1);
    expect([await used(first, other), await used(second, other)]).toEqual(['token-invalid', 'accepted']);
    const third = await rotate(60);
    await rotate(0);
    expect([await used(second, other), await used(third, other)]).toEqual(['token-invalid', 'token-invalid']);
  });

  it('and so does what becomes of its inbox', async () => {
    const { raw_token } = await create();
    const inbox = (method: string, body?: object) => app.call('acmeSession', method, '/inboxes/inb_a/', body);
    await inbox('PATCH', { action: 'deactivate' });
    expect(await used(raw_token, other)).toBe('inbox-deactivated');
    store.flow();
    await givenDomain('agents.example.com');
    await inbox('PATCH', { action: 'reactivate' });
    expect(await used(raw_token, other)).toBe('accepted');
    await inbox('PATCH', { action: 'suspend' });
    expect(await used(raw_token, other)).toBe('accepted');
    await inbox('DELETE');
    expect(await used(raw_token, other)).toBe('token-invalid');
    expect((await app.call('acmeSession', 'POST', '/inboxes/inb_a/restore/')).status).toBe(200);
    expect(await used(raw_token, other)).toBe('accepted');
  });

  it('also while its views are built anew', async () => {
    const { token_id, raw_token } = await create();
    const rebuilt = app.get(Projections).rebuild(['tokens', 'token-digests']);
    await patch(token_id, { action: 'pause' });
    expect(await used(raw_token)).toBe('token-paused');
    await rebuilt;
    expect([await used(raw_token), await used(raw_token, other)]).toEqual(['token-paused', 'token-paused']);
    await app.get(Projections).rebuild(['tokens']);
    expect(await used(raw_token, other)).toBe('token-paused');
  });

  it('whoever does it last, also where many do it at once', async () => {
    const { token_id, raw_token } = await create();
    const actions = Array.from({ length: 12 }, (_, index) => (index % 2 ? 'pause' : 'resume'));
    await Promise.all(
      actions.map((action, index) =>
        [app, other][index % 2]?.call('acmeSession', 'PATCH', `/tokens/${token_id}/`, { action }),
      ),
    );
    const last = (await store.read(`token-${token_id}`)).at(-1)?.type;
    expect(await used(raw_token, other)).toBe(last === 'TokenPaused' ? 'token-paused' : 'accepted');
  });

  it('or it is refused as not yet effective, and can be repeated', async () => {
    const { token_id, raw_token } = await create();
    documents.isAway = true;
    expect(await refused(patch(token_id, { action: 'pause' }))).toEqual([503, 'not-yet-effective']);
    documents.isAway = false;
    expect((await patch(token_id, { action: 'pause' })).status).toBe(200);
    expect(await used(raw_token, other)).toBe('token-paused');
  });
});

describe('a token that is over', () => {
  it('looks like one that never was', async () => {
    const { raw_token, token_id } = await create();
    await call('DELETE', `${token_id}/`);
    const over = await app.call(raw_token, 'GET', '/tokens/self/');
    const unknown = await app.call(`gent_${'x'.repeat(43)}`, 'GET', '/tokens/self/');
    expect({ ...over.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
    expect([over.status, over.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await used('gent_short')).toBe('token-invalid');
  });

  it('is over from the moment when it expires', async () => {
    const { raw_token } = await create({ expires_at: '2026-01-01T01:00:00+00:30' });
    clock.pass(30 * 60_000 - 1);
    expect(await used(raw_token)).toBe('accepted');
    clock.pass(1);
    expect(await used(raw_token)).toBe('token-invalid');
  });

  it('leaves others of its inbox alone', async () => {
    const [first, second] = [await create(), await create()];
    await call('DELETE', `${first.token_id}/`);
    expect(await used(second.raw_token)).toBe('accepted');
  });
});

describe('an attempt that was cut off', () => {
  it('is repeated with its key and yields one token, whose value works', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await call('POST', '', wanted, key);
    const again = await call('POST', '', wanted, key);
    expect(again.body).toEqual(first.body);
    const [name = ''] = await app.vault.records.list('idempotency/');
    const { answer: _, ...unfinished } = JSON.parse(
      Buffer.from((await app.vault.records.get(name))?.value ?? []).toString(),
    );
    await app.vault.records.put(name, Buffer.from(JSON.stringify(unfinished)));
    const { status, body } = await call('POST', '', wanted, key);
    expect([status, body.token_id]).toEqual([201, first.body.token_id]);
    expect([await used(first.body.raw_token), await used(body.raw_token)]).toEqual([
      'token-invalid',
      'accepted',
    ]);
    expect((await call('GET', '?inbox_id=inb_a')).body.total).toBe(1);
  });
});

describe('the catalogue of scopes', () => {
  const scopesOf = async (caller: string | null) => {
    const { status, body, headers } = await app.call(caller, 'GET', '/tokens/reference/');
    return { status, body, etag: headers.get('etag') };
  };

  it('is for everybody, and whole for admins', async () => {
    const [anybody, member, admin] = [
      await scopesOf(null),
      await scopesOf('acmeSession'),
      await scopesOf('acmeAdmin'),
    ];
    expect(anybody.status).toBe(200);
    expect(member.body).toEqual(anybody.body);
    expect(anybody.body.counts).toEqual({ scopes: SCOPES.length - 3, categories: 16 });
    expect(admin.body.counts).toEqual({ scopes: SCOPES.length, categories: 17 });
    expect(JSON.stringify(anybody.body)).not.toContain('audit:read');
    expect(admin.body.categories.Audit).toEqual(['audit:read']);
    expect(anybody.body).toMatchObject({ version: '2026-06-06', resource: 'tokens' });
    expect(anybody.etag).not.toBe(admin.etag);
    const { status } = await app.call(null, 'GET', '/tokens/reference/', undefined, {
      'if-none-match': String(anybody.etag),
    });
    expect(status).toBe(304);
  });

  it('refuses a credential that is none', async () => {
    expect((await scopesOf('nonsense')).status).toBe(401);
  });
});
