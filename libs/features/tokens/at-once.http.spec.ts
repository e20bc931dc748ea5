import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Projections } from '#platform/event-sourcing/projections';
import { tokensSite } from '#testing/tokens-site';
import { InMemoryApp } from '#testing/in-memory-app';

const { site, wanted, startProcess, givenDomain, call, create, refused, used, patch } = tokensSite();

describe('what is done to a token counts on the next call', () => {
  let other: InMemoryApp;
  beforeEach(async () => {
    other = await startProcess(site.app.vault);
    site.store.hold();
  });
  afterEach(async () => {
    site.store.flow();
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
    site.store.flow();
    await site.app.settled();
    expect([await used(raw_token), await used(next)]).toEqual(['token-invalid', 'token-invalid']);
  });

  it('and the time of grace is kept exactly', async () => {
    const { token_id, raw_token: first } = await create();
    const rotate = async (grace_seconds: number) =>
      (await patch(token_id, { action: 'rotate', grace_seconds })).body.raw_token;
    const second = await rotate(60);
    expect([await used(first, other), await used(second, other)]).toEqual(['accepted', 'accepted']);
    site.clock.pass(59_999);
    expect(await used(first, other)).toBe('accepted');
    site.clock.pass(1);
    expect([await used(first, other), await used(second, other)]).toEqual(['token-invalid', 'accepted']);
    const third = await rotate(60);
    await rotate(0);
    expect([await used(second, other), await used(third, other)]).toEqual(['token-invalid', 'token-invalid']);
  });

  it('and so does what becomes of its inbox', async () => {
    const { raw_token } = await create();
    const inbox = (method: string, body?: object) =>
      site.app.call('acmeSession', method, '/inboxes/inb_a/', body);
    await inbox('PATCH', { action: 'deactivate' });
    expect(await used(raw_token, other)).toBe('inbox-deactivated');
    site.store.flow();
    await givenDomain('agents.example.com');
    await inbox('PATCH', { action: 'reactivate' });
    expect(await used(raw_token, other)).toBe('accepted');
    await inbox('PATCH', { action: 'suspend' });
    expect(await used(raw_token, other)).toBe('accepted');
    await inbox('DELETE');
    expect(await used(raw_token, other)).toBe('token-invalid');
    expect((await site.app.call('acmeSession', 'POST', '/inboxes/inb_a/restore/')).status).toBe(200);
    expect(await used(raw_token, other)).toBe('accepted');
  });

  it('also while its views are built anew', async () => {
    const { token_id, raw_token } = await create();
    const rebuilt = site.app.get(Projections).rebuild(['tokens', 'token-digests']);
    await patch(token_id, { action: 'pause' });
    expect(await used(raw_token)).toBe('token-paused');
    await rebuilt;
    expect([await used(raw_token), await used(raw_token, other)]).toEqual(['token-paused', 'token-paused']);
    await site.app.get(Projections).rebuild(['tokens']);
    expect(await used(raw_token, other)).toBe('token-paused');
  });

  it('whoever does it last, also where many do it at once', async () => {
    const { token_id, raw_token } = await create();
    const actions = Array.from({ length: 12 }, (_, index) => (index % 2 ? 'pause' : 'resume'));
    await Promise.all(
      actions.map((action, index) =>
        [site.app, other][index % 2]?.call('acmeSession', 'PATCH', `/tokens/${token_id}/`, { action }),
      ),
    );
    const last = (await site.store.read(`token-${token_id}`)).at(-1)?.type;
    expect(await used(raw_token, other)).toBe(last === 'TokenPaused' ? 'token-paused' : 'accepted');
  });

  it('or it is refused as not yet effective, and can be repeated', async () => {
    const { token_id, raw_token } = await create();
    site.documents.isAway = true;
    expect(await refused(patch(token_id, { action: 'pause' }))).toEqual([503, 'not-yet-effective']);
    site.documents.isAway = false;
    expect((await patch(token_id, { action: 'pause' })).status).toBe(200);
    expect(await used(raw_token, other)).toBe('token-paused');
  });
});

describe('an attempt that was cut off', () => {
  it('is repeated with its key and yields one token, whose value works', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await call('POST', '', wanted, key);
    const again = await call('POST', '', wanted, key);
    expect(again.body).toEqual(first.body);
    const [name = ''] = await site.app.vault.records.list('idempotency/');
    const { answer: _, ...unfinished } = JSON.parse(
      Buffer.from((await site.app.vault.records.get(name))?.value ?? []).toString(),
    );
    await site.app.vault.records.put(name, Buffer.from(JSON.stringify(unfinished)));
    const { status, body } = await call('POST', '', wanted, key);
    expect([status, body.token_id]).toEqual([201, first.body.token_id]);
    expect([await used(first.body.raw_token), await used(body.raw_token)]).toEqual([
      'token-invalid',
      'accepted',
    ]);
    expect((await call('GET', '?inbox_id=inb_a')).body.total).toBe(1);
  });
});
