import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Codec } from '#platform/event-sourcing/codec';
import { Directory } from '#platform/event-sourcing/directory';
import { utc } from '#platform/time/utc';
import { inboxesSite } from '#testing/inboxes-site';
import { inboxAddresses } from './read-model.js';

const DAYS_30 = 30 * 24 * 3_600_000;

const { site, call, create, refused } = inboxesSite();

describe('an inbox', () => {
  it('is created on a verified domain, and found by id and address', async () => {
    const { status, body, headers } = await call('POST', '', {
      address: 'Bot@Agents.example.com',
      display_name: 'Bot',
    });
    expect([status, headers.get('etag')]).toEqual([201, '"0"']);
    expect(body).toEqual({
      inbox_id: expect.stringMatching(/^inb_/),
      address: 'bot@agents.example.com',
      display_name: 'Bot',
      status: 'active',
      agent_access: true,
      owner_user_id: 'usr_acme',
      created_at: utc(site.clock.now()),
      closing_at: null,
      purge_at: null,
    });
    expect((await call('GET', `${body.inbox_id}/`)).body).toEqual(body);
    expect((await call('GET', 'BOT@agents.example.com/')).body).toEqual(body);
    expect((await call('GET', '')).body).toMatchObject({ results: [body], total: 1 });
  });

  it("needs an address of a verified domain of its tenant, and nobody else's", async () => {
    const attempt = (address: string) => refused(call('POST', '', { address }));
    expect(await attempt('no address')).toEqual([400, 'validation-failed', 'address']);
    expect(await attempt('bot+tag@agents.example.com')).toEqual([400, 'validation-failed', 'address']);
    expect(await attempt('bot@rival.example.com')).toEqual([400, 'validation-failed', 'address']);
    const data = { domainId: 'dom_3', domain: 'new.example.com', dkimPublicKey: 'k', ownershipToken: 't' };
    await site.app.given('domain-dom_3', { type: 'DomainAdded', data });
    await site.app.settled();
    expect(await attempt('bot@new.example.com')).toEqual([409, 'domain-not-verified']);
    await create();
    expect(await attempt('BOT@agents.example.com')).toEqual([409, 'address-taken']);
    expect(
      await refused(call('POST', '', { address: 'x@agents.example.com', display_name: 'a\nb' })),
    ).toEqual([400, 'validation-failed', 'display_name']);
  });

  it('has its address to itself, however many want it at once', async () => {
    const address = 'bot@agents.example.com';
    const replies = await Promise.all(Array.from({ length: 8 }, () => call('POST', '', { address })));
    const codes = replies.map(({ status, body }) => body.code ?? status).sort();
    expect(codes).toEqual([201, ...Array.from({ length: 7 }, () => 'address-taken')]);
  });

  it('does not exist for another tenant', async () => {
    const { inbox_id } = await create();
    const rival = (method: string, path: string, body?: object) =>
      refused(site.app.call('rivalAdmin', method, `/inboxes/${path}`, body));
    expect(await rival('GET', `${inbox_id}/`)).toEqual([404, 'not-found']);
    expect(await rival('GET', 'bot@agents.example.com/')).toEqual([404, 'not-found']);
    expect(await rival('PATCH', `${inbox_id}/`, { action: 'suspend' })).toEqual([404, 'not-found']);
    expect(await rival('DELETE', `${inbox_id}/`)).toEqual([404, 'not-found']);
    expect((await site.app.call('rivalAdmin', 'GET', '/inboxes/')).body.total).toBe(0);
    expect(await refused(site.app.call('acme', 'GET', `/inboxes/${inbox_id}/`))).toEqual([
      403,
      'session-required',
    ]);
  });

  it('is renamed, suspended, deactivated, and refuses what does not go', async () => {
    const { inbox_id } = await create();
    const patch = (body: object, headers?: Record<string, string>) =>
      call('PATCH', `${inbox_id}/`, body, headers);
    expect((await patch({ display_name: 'Robot', action: 'deactivate' })).body).toMatchObject({
      display_name: 'Robot',
      status: 'suspended',
      agent_access: false,
    });
    expect(await refused(patch({ action: 'resume' }))).toEqual([409, 'inbox-deactivated']);
    expect((await patch({ action: 'deactivate' })).status).toBe(200);
    const { body, headers } = await patch({ action: 'reactivate', display_name: null });
    expect(body).toMatchObject({ status: 'active', agent_access: true, display_name: null });
    expect(await refused(patch({}))).toEqual([400, 'validation-failed']);
    expect(await refused(patch({ action: 'explode' }))).toEqual([400, 'validation-failed', 'action']);
    expect(await refused(patch({ action: null }))).toEqual([400, 'validation-failed', 'action']);
    expect(await refused(patch({ action: 'suspend' }, { 'if-match': '"0"' }))).toEqual([
      412,
      'revision-mismatch',
    ]);
    expect((await patch({ action: 'suspend' }, { 'if-match': headers.get('etag') ?? '' })).status).toBe(200);
    expect(await refused(call('PATCH', 'inb_unknown/', { action: 'suspend' }))).toEqual([404, 'not-found']);
  });

  it('is given to another user of the tenant by an admin', async () => {
    const { inbox_id } = await create();
    const data = { userId: 'usr_ann', email: 'ann@example.com', role: 'member', confirmed: true };
    await site.app.given('user-usr_ann', { type: 'UserCreated', data });
    await site.app.given('user-usr_eve', { type: 'UserCreated', data }, { tenantId: 'ten_rival' });
    await site.app.settled();
    const give = (caller: string, owner_user_id: string) =>
      site.app.call(caller, 'PATCH', `/inboxes/${inbox_id}/`, { owner_user_id });
    expect(await refused(give('acmeSession', 'usr_ann'))).toEqual([403, 'role-required']);
    expect(await refused(give('acmeAdmin', 'usr_eve'))).toEqual([400, 'validation-failed', 'owner_user_id']);
    expect((await give('acmeAdmin', 'usr_ann')).body.owner_user_id).toBe('usr_ann');
  });

  it('is listed by status and by words, newest first, page by page', async () => {
    for (const name of ['sales', 'support', 'billing']) {
      site.clock.pass(1_000);
      await create(`${name}@agents.example.com`, { display_name: `Ms ${name}` });
    }
    await call('PATCH', 'sales@agents.example.com/', { action: 'suspend' });
    const list = async (query: string) => {
      const { results } = (await call('GET', `?${query}`)).body;
      return results.map(({ address }: { address: string }) => address.split('@')[0]);
    };
    expect(await list('')).toEqual(['billing', 'support', 'sales']);
    expect(await list('sort=asc')).toEqual(['sales', 'support', 'billing']);
    expect(await list('status=suspended')).toEqual(['sales']);
    expect(await list('q=MS+S')).toEqual(['billing', 'support', 'sales']);
    expect(await list('q=uppor')).toEqual(['support']);
    const first = (await call('GET', '?q=agents&limit=2')).body;
    expect(first).toMatchObject({ total: 3, position: 0, limit: 2 });
    expect(await list(`q=agents&limit=2&cursor=${first.next_cursor}`)).toEqual(['sales']);
    expect(await refused(call('GET', '?q=agents&cursor=inb_none'))).toEqual([
      400,
      'validation-failed',
      'cursor',
    ]);
    expect(await refused(call('GET', '?status=open'))).toEqual([400, 'validation-failed', 'status']);
    expect(await refused(call('GET', '?colour=red'))).toEqual([400, 'validation-failed', 'colour']);
  });
});

describe('a closed inbox', () => {
  const purgedNow = async () => {
    while (await site.app.get(Directory).get(inboxAddresses, 'bot@agents.example.com')) await setImmediate();
    await site.app.settled();
  };

  it('closes once, refuses changes, and is restored', async () => {
    const { inbox_id } = await create();
    const { status, body } = await call('DELETE', `${inbox_id}/`);
    const purge_at = utc(new Date(Date.parse(site.clock.now()) + DAYS_30).toISOString());
    expect([status, body]).toMatchObject([
      202,
      { status: 'closing', closing_at: utc(site.clock.now()), purge_at },
    ]);
    site.clock.pass(1_000);
    expect(await call('DELETE', `${inbox_id}/`)).toMatchObject({ status: 202, body });
    expect(await refused(call('PATCH', `${inbox_id}/`, { action: 'suspend' }))).toEqual([
      409,
      'inbox-closing',
    ]);
    expect(await refused(call('POST', '', { address: 'bot@agents.example.com' }))).toEqual([
      409,
      'address-taken',
    ]);
    const restored = await call('POST', `${inbox_id}/restore/`);
    expect(restored).toMatchObject({ status: 200, body: { status: 'active', closing_at: null } });
    expect(await refused(call('POST', `${inbox_id}/restore/`))).toEqual([409, 'inbox-not-closing']);
  });

  it('cannot be restored once its domain is gone', async () => {
    const { inbox_id } = await create();
    await call('DELETE', `${inbox_id}/`);
    const data = { domainId: 'dom_1', domain: 'agents.example.com' };
    await site.app.given('domain-dom_1', { type: 'DomainRemoved', data });
    await site.app.settled();
    expect(await refused(call('POST', `${inbox_id}/restore/`))).toEqual([409, 'domain-not-verified']);
  });

  it('is purged 30 days later: its content is erased, its address free, its id known', async () => {
    const { inbox_id } = await create('bot@agents.example.com', { display_name: 'Secret Name' });
    const webhook = { url: 'https://example.com/', secret: 'shhh' };
    await call('PATCH', `${inbox_id}/config/`, { signature: 'Secret signature', webhook });
    await call('DELETE', `${inbox_id}/`);
    site.clock.pass(DAYS_30 - 1);
    expect((await call('GET', `${inbox_id}/`)).body.status).toBe('closing');
    site.clock.pass(2);
    await purgedNow();
    expect((await call('GET', `${inbox_id}/`)).body).toEqual({
      inbox_id,
      status: 'purged',
      purged_at: utc(site.clock.now()),
    });
    expect(await refused(call('DELETE', `${inbox_id}/`))).toEqual([409, 'inbox-purged']);
    expect(await refused(call('PATCH', `${inbox_id}/`, { action: 'resume' }))).toEqual([409, 'inbox-purged']);
    expect(await refused(call('GET', `${inbox_id}/config/`))).toEqual([404, 'not-found']);
    expect((await call('GET', '')).body.total).toBe(0);
    expect((await call('GET', '?status=purged')).body.results).toMatchObject([
      { inbox_id, status: 'purged' },
    ]);
    expect(await site.app.vault.records.list('inbox-webhook-secrets/')).toEqual([]);

    const next = await create();
    expect(next.status).toBe('active');
    expect(next.inbox_id).not.toBe(inbox_id);
    const history = await site.app.store.read(`inbox-${inbox_id}`);
    const opened = await Promise.all(
      history.map((event) => site.app.get(Codec).decode(event, { reveal: true })),
    );
    expect(opened.filter(({ erased }) => erased).map(({ type }) => type)).toEqual([
      'InboxCreated',
      'InboxConfigChanged',
    ]);
    expect(JSON.stringify(opened.map(({ data }) => data))).not.toContain('Secret');

    site.app = await site.app.restarted();
    expect((await call('GET', 'bot@agents.example.com/')).body.inbox_id).toBe(next.inbox_id);
  });

  it('that is restored in time is not purged', async () => {
    const { inbox_id } = await create();
    await call('DELETE', `${inbox_id}/`);
    await call('POST', `${inbox_id}/restore/`);
    site.clock.pass(DAYS_30 + 1_000);
    await call('PATCH', `${inbox_id}/`, { action: 'suspend' });
    await site.app.settled();
    expect((await call('GET', `${inbox_id}/`)).body.status).toBe('suspended');
  });
});
