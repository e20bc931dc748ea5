import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Event } from '#kernel/messages';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { utc } from '#platform/time/utc';
import { InMemoryApp } from '#testing/in-memory-app';
import { METADATA } from '#testing/recorded';
import { users } from '../accounts/read-model.js';
import { userEvents } from '../accounts/events.js';
import { deliveryEvents } from '../delivery/events.js';
import { domainEvents } from '../domains/events.js';
import { inboxEvents } from '../inboxes/events.js';
import { messageEvents } from '../mailbox/events.js';
import { tokenEvents } from '../tokens/events.js';
import { tokens } from '../tokens/read-model.js';
import { AuditModule } from './module.js';

const AUDIT = '/audit/';
const [acme, tenant] = [
  { tenantId: 'ten_acme', inboxId: 'inb_acme' },
  { tenantId: 'ten_acme', inboxId: undefined },
];

const elsewhere = EventSourcingModule.forFeature({
  catalogs: [userEvents, tokenEvents, domainEvents, inboxEvents, messageEvents, deliveryEvents],
  projections: [users, tokens],
});

let app: InMemoryApp;
beforeEach(async () => {
  app = await InMemoryApp.start({ features: [AuditModule, elsewhere] });
});
afterEach(() => app.stop());

const happened = (event: Event, more: object = acme, at = METADATA.occurredAt) =>
  app.given(`any-${app.store.log.length}`, event, { ...more, occurredAt: at } as never);
type Entry = Readonly<{ action: string; changes: object }>;
const entries = async (caller: string, query = ''): Promise<readonly Entry[]> => {
  await app.settled();
  return (await app.call(caller, 'GET', `${AUDIT}${query}`)).body.results;
};

const created = {
  type: 'TokenCreated',
  data: {
    tokenId: 'tok_acme',
    inboxId: 'inb_acme',
    label: 'Bot',
    scopes: ['email:read'],
    requiresApproval: [],
    expiresAt: null,
    digest: 'secret-digest',
    prefix: 'gent_1234',
  },
};
const paused = { type: 'TokenPaused', data: { tokenId: 'tok_acme' } };
const domain = { domainId: 'dom_1', domain: 'acme.test' };
const added = {
  type: 'DomainAdded',
  data: {
    ...domain,
    domainUse: 'existing_domain',
    dmarcPolicy: 'none',
    dkimPublicKey: 'k',
    ownershipToken: 'o',
  },
};
const checked = { type: 'DomainChecked', data: { ...domain, records: {}, scheduled: true } };

describe('the audit log', () => {
  it('tells who did what to what, and when', async () => {
    await happened(created, acme, '2025-12-31T23:59:59.000Z');
    await happened(paused, { ...acme, ip: '192.0.2.7' });
    await happened(checked);
    const [last, first, ...none] = await entries('acmeAdmin', '?sort=asc').then((all) => all.toReversed());
    expect(none).toEqual([]);
    expect(last).toEqual({
      audit_id: expect.stringMatching(/^aud_[0-9A-Z]{26}$/),
      log_position: '1',
      occurred_at: utc(METADATA.occurredAt),
      actor: { type: 'token', id: 'tok_acme', label: 'Bot', ip: '192.0.2.7' },
      action: 'token.paused',
      resource: { type: 'token', id: 'tok_acme' },
      inbox_id: 'inb_acme',
      summary: 'A token was paused',
      changes: { status: 'paused' },
      correlation_id: METADATA.$correlationId,
      request_id: METADATA.$correlationId,
    });
    expect(JSON.stringify(app.store.log.map(({ metadata }) => metadata))).not.toContain('192.0.2.7');
    expect(first).toMatchObject({ action: 'token.created', log_position: '0', changes: { label: 'Bot' } });
  });

  it('tells of mail that is marked, put away, deleted and taken back', async () => {
    const placed = { messageId: 'msg_1', threadId: 'thr_1' };
    const flagged = { ...placed, isRead: true, isFlagged: false, wasRead: false };
    const moves = [
      ['archive', 'inbox'],
      ['trash', 'archive'],
      ['inbox', 'trash'],
    ];
    await happened({ type: 'MessageFlagged', data: flagged }, acme, '2025-12-01T00:00:00.000Z');
    for (const [at, [folder, from]] of moves.entries())
      await happened(
        { type: 'MessageMoved', data: { ...placed, folder, from } },
        acme,
        `2025-12-02T00:00:0${at}.000Z`,
      );
    const told = (await entries('acmeAdmin', '?resource_id=msg_1')).map(({ action, changes }) => [
      action,
      changes,
    ]);
    expect(told.toReversed()).toEqual([
      ['message.changed', { is_read: true, is_flagged: false }],
      ['message.changed', { folder: 'archive' }],
      ['message.deleted', {}],
      ['message.changed', { folder: 'inbox' }],
    ]);
  });

  it('says nothing of what somebody wrote, nor a secret', async () => {
    const mail = {
      messageId: 'msg_1',
      inboxId: 'inb_acme',
      subject: 'Private',
      snippet: 'Private',
      folder: 'inbox',
    };
    await happened({
      type: 'MessageReceived',
      data: { ...mail, to: [], from: { email: 'ann@private.example' } },
    });
    await happened(created);
    const all = await entries('acmeAdmin');
    expect(all.map(({ action }) => action).toSorted()).toEqual(['message.received', 'token.created']);
    expect(JSON.stringify(all)).not.toMatch(/private|secret-digest/i);
  });

  it('says neither that a name is gone that was given, nor a moment to the millisecond', async () => {
    const inbox = { inboxId: 'inb_acme', address: 'bot@acme.test', domain: 'acme.test' };
    const named = { ...inbox, displayName: 'Ann', ownerUserId: 'usr_acme' };
    await happened({ type: 'InboxCreated', data: named });
    await happened({ type: 'InboxRenamed', data: { inboxId: 'inb_acme', displayName: 'Bob' } });
    const value = { tokenId: 'tok_acme', digest: 'd', prefix: 'p', graceUntil: '2026-01-02T00:00:00.123Z' };
    await happened({ type: 'TokenRotated', data: value });
    const told = (await entries('acmeAdmin')).map((entry) => [entry.action, entry.changes]);
    expect(Object.fromEntries(told)).toEqual({
      'inbox.created': { address: 'bot@acme.test', owner_user_id: 'usr_acme' },
      'inbox.changed': {},
      'token.rotated': { grace_until: '2026-01-02T00:00:00Z' },
    });
  });

  it('shows everything of the tenant to its owners and admins, one inbox to everybody else', async () => {
    await happened(added, tenant);
    await happened(created);
    await happened(paused, { tenantId: 'ten_acme', inboxId: 'inb_other' });
    await happened(paused, { tenantId: 'ten_rival', inboxId: 'inb_rival' });
    const actions = async (caller: string, query = '') =>
      (await entries(caller, query)).map(({ action }) => action).toSorted();
    expect(await actions('acmeAdmin')).toEqual(['domain.added', 'token.created', 'token.paused']);
    expect(await actions('acmeAdmin', '?inbox_id=inb_acme')).toEqual(['token.created']);
    expect(await actions('acmeSession', '?inbox_id=inb_acme')).toEqual(['token.created']);
    expect(await actions('acmeAuditor')).toEqual(['token.created']);
    expect(await app.call('acmeSession', 'GET', AUDIT)).toMatchObject({
      status: 400,
      body: { code: 'inbox-id-required' },
    });
    expect((await app.call('acme', 'GET', AUDIT)).body.code).toBe('scope-missing');
    expect((await app.call('acmeAdmin', 'GET', `${AUDIT}?inbox_id=inb_rival`)).status).toBe(404);
    expect((await app.call('acmeAuditor', 'GET', `${AUDIT}?inbox_id=inb_rival`)).status).toBe(403);
  });

  it('is narrowed by any filter, and by all together', async () => {
    await happened(created, acme, '2025-12-01T00:00:00.000Z');
    await happened(paused, acme, '2025-12-02T00:00:00.000Z');
    await happened(added, tenant, '2025-12-03T00:00:00.000Z');
    const actions = async (query: string) => (await entries('acmeAdmin', query)).map(({ action }) => action);
    expect(await actions('?action=token.paused')).toEqual(['token.paused']);
    expect(await actions('?resource_type=token')).toEqual(['token.paused', 'token.created']);
    expect(await actions('?resource_id=dom_1')).toEqual(['domain.added']);
    expect(await actions('?actor_id=tok_acme&resource_type=domain')).toEqual(['domain.added']);
    expect(await actions('?actor_id=nobody')).toEqual([]);
    expect(await actions('?after=2025-12-01&before=2025-12-03T00:00:00Z')).toEqual(['token.paused']);
    expect((await app.call('acmeAdmin', 'GET', `${AUDIT}?after=tomorrowish`)).status).toBe(400);
    expect((await app.call('acmeAdmin', 'GET', `${AUDIT}?actr=x`)).status).toBe(400);
  });

  it('shows nothing older than 90 days', async () => {
    await happened(created, acme, '2025-10-02T23:59:59.999Z');
    await happened(paused, acme, '2025-10-03T00:00:00.000Z');
    expect(await entries('acmeAdmin')).toMatchObject([{ action: 'token.paused' }]);
    expect(await entries('acmeAdmin', '?after=2025-01-01')).toMatchObject([{ action: 'token.paused' }]);
  });

  it('pages, and is exported as a stream of lines, the same entries in the same order', async () => {
    for (let count = 0; count < 450; count += 1) await happened(paused);
    const pages: Entry[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const at: string = cursor && `&cursor=${cursor}`;
      await app.settled();
      const { body } = await app.call('acmeAdmin', 'GET', `${AUDIT}?limit=200${at}`);
      pages.push(...body.results);
      cursor = body.next_cursor;
    }
    expect(pages).toHaveLength(450);
    const exported = async (query: string) => {
      const { status, headers, body } = await app.call('acmeAdmin', 'GET', `${AUDIT}export/${query}`);
      expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
      return body.split('\n').flatMap((line: string) => (line ? [JSON.parse(line)] : []));
    };
    expect(await exported('')).toEqual(pages);
    expect(await exported('?limit=3&position=2')).toEqual(pages.slice(2, 5));
    expect(await exported('?sort=asc')).toEqual(pages.toReversed());
    expect(await exported('?action=token.created')).toEqual([]);
    expect(await exported('?position=20000')).toEqual([]);
  });

  it('is the same after its view was built anew', async () => {
    await happened(created);
    await happened(paused);
    const before = await entries('acmeAdmin');
    app = await app.restarted();
    expect(await entries('acmeAdmin')).toEqual(before);
  });
});
