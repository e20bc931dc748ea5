import { describe, expect, it } from '@jest/globals';
import { utc } from '#platform/time/utc';
import { tokensSite } from '#testing/tokens-site';

const { site, wanted, startProcess, givenTier, call, create, refused, used, patch } = tokensSite();

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
      created_at: utc(site.clock.now()),
      last_used_at: null,
      prefix: raw_token.slice(0, 9),
    });
    expect(raw_token).toMatch(/^gent_[\w-]{43}$/);
    expect((await call('GET', `${token.token_id}/`)).body).toEqual(token);
    expect((await call('GET', '?inbox_id=inb_a')).body).toMatchObject({ results: [token], total: 1 });
    await site.app.settled();
    expect(JSON.stringify(site.store.log.map(({ data }) => data))).not.toContain(raw_token);
  });

  it('knows itself and its inbox', async () => {
    const { raw_token, token_id } = await create({
      scopes: ['read', 'email:send'],
      requires_approval: ['email:send'],
      inbox_id: 'INB_A@agents.example.com'.toLowerCase(),
    });
    const { body } = await site.app.call(raw_token, 'GET', '/tokens/self/');
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
    expect(await refused(site.app.call(raw_token, 'GET', `/tokens/${token_id}/`))).toEqual([
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
    [{ expires_at: '2030-02-30T00:00:00Z' }, 'expires_at'],
    [{ expires_at: '2030-soon-Z' }, 'expires_at'],
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
    await site.app.call('acmeSession', 'DELETE', '/inboxes/inb_a/');
    expect(await refused(call('POST', '', wanted))).toEqual([409, 'inbox-closing']);
  });

  it('gets scopes for admins from an admin only', async () => {
    const body = { ...wanted, scopes: ['audit:read'] };
    expect(await refused(call('POST', '', body))).toEqual([403, 'role-required']);
    expect((await site.app.call('acmeAdmin', 'POST', '/tokens/', body)).status).toBe(201);
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
      expect(await refused(site.app.call('rivalAdmin', method, path, body))).toEqual([404, 'not-found']);
      expect(await refused(call(method, `${token_id}/?inbox_id=inb_b`, body))).toEqual([404, 'not-found']);
    }
    expect(await refused(site.app.call('rivalAdmin', 'GET', '/tokens/?inbox_id=inb_a'))).toEqual([
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
      site.clock.pass(1_000);
      return (await create({ label: name, ...more })).token_id;
    };
    await label('active');
    await patch(await label('paused'), { action: 'pause' });
    await call('DELETE', `${await label('revoked')}/`);
    const soon = new Date(Date.parse(site.clock.now()) + 60_000).toISOString();
    await label('expired', { expires_at: soon });
    await patch(await label('paused, then expired', { expires_at: soon }), { action: 'pause' });
    site.clock.pass(60_000);
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

  it('is on the next page still, whatever became of the last of the page before', async () => {
    const ids: string[] = [];
    for (const label of ['one', 'two', 'three']) {
      site.clock.pass(1_000);
      ids.unshift((await create({ label })).token_id);
    }
    const page = async (more: string) =>
      (await call('GET', `?inbox_id=inb_a&status=active&limit=1${more}`)).body;
    const first = await page('');
    expect([first.total, first.results[0].token_id]).toEqual([3, ids[0]]);
    await call('DELETE', `${ids[0]}/`);
    const second = await page(`&cursor=${first.next_cursor}`);
    expect([second.total, second.results[0].token_id]).toEqual([2, ids[1]]);
    const last = await page(`&cursor=${second.next_cursor}`);
    expect([last.results[0].token_id, last.next_cursor]).toEqual([ids[2], null]);
    expect((await page('&position=1')).results[0].token_id).toBe(ids[2]);
  });

  it('is another answer once it was used or has expired, of the same revision', async () => {
    const expires_at = new Date(Date.parse(site.clock.now()) + 60_000).toISOString();
    const { token_id, raw_token } = await create({ expires_at });
    const seen = async (tag?: string) => {
      const { status, body, headers } = await call('GET', `${token_id}/`, undefined, {
        ...(tag && { 'if-none-match': tag }),
      });
      return { status, body, tag: String(headers.get('etag')) };
    };
    const fresh = await seen();
    await used(raw_token);
    const inUse = await seen(fresh.tag);
    expect([inUse.status, inUse.body.last_used_at]).toEqual([200, utc(site.clock.now())]);
    expect((await seen(inUse.tag)).status).toBe(304);
    site.clock.pass(60_000);
    const over = await seen(inUse.tag);
    expect([over.status, over.body.status]).toEqual([200, 'expired']);
    expect((await call('DELETE', `${token_id}/`, undefined, { 'if-match': over.tag })).status).toBe(204);
  });

  it('tells when it was used last, after a restart too', async () => {
    const { token_id, raw_token } = await create();
    site.clock.pass(5_000);
    const at = site.clock.now();
    await used(raw_token);
    site.clock.pass(5_000);
    expect((await call('GET', `${token_id}/`)).body.last_used_at).toBe(utc(at));
    const { vault } = site.app;
    await site.app.stop();
    site.app = await startProcess(vault);
    expect((await call('GET', `${token_id}/`)).body.last_used_at).toBe(utc(at));
    expect(JSON.stringify(site.store.log.map(({ type }) => type))).not.toContain('Used');
  });
});

describe('a token that is over', () => {
  it('looks like one that never was', async () => {
    const { raw_token, token_id } = await create();
    await call('DELETE', `${token_id}/`);
    const over = await site.app.call(raw_token, 'GET', '/tokens/self/');
    const unknown = await site.app.call(`gent_${'x'.repeat(43)}`, 'GET', '/tokens/self/');
    expect({ ...over.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
    expect([over.status, over.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await used('gent_short')).toBe('token-invalid');
  });

  it('is over from the moment when it expires', async () => {
    const { raw_token } = await create({ expires_at: '2026-01-01T01:00:00+00:30' });
    site.clock.pass(30 * 60_000 - 1);
    expect(await used(raw_token)).toBe('accepted');
    site.clock.pass(1);
    expect(await used(raw_token)).toBe('token-invalid');
  });

  it('leaves others of its inbox alone', async () => {
    const [first, second] = [await create(), await create()];
    await call('DELETE', `${first.token_id}/`);
    expect(await used(second.raw_token)).toBe('accepted');
  });
});
