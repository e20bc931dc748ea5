import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { InMemoryApp } from '#testing/in-memory-app';
import { inboxEvents } from '../inboxes/events.js';
import { inboxes } from '../inboxes/read-model.js';
import { SuppressionsModule } from './module.js';

const elsewhere = EventSourcingModule.forFeature({ catalogs: [inboxEvents], projections: [inboxes] });

let app: InMemoryApp;
beforeEach(async () => {
  app = await InMemoryApp.start({ features: [SuppressionsModule, elsewhere] });
});
afterEach(() => app.stop());

const emails = async (query: string) =>
  (await app.call('acme', 'GET', `/suppressions/?${query}`)).body.results.map(
    ({ email }: { email: string }) => email,
  );

describe('a suppressed address', () => {
  it('is found in either form of its domain and in any case', async () => {
    expect((await app.call('acme', 'POST', '/suppressions/', { email: 'Ann@Bücher.example' })).status).toBe(
      201,
    );
    const [found] = await emails('');
    expect(found).toBe('ann@xn--bcher-kva.example');
    for (const asked of ['ann@bücher.example', 'ANN@BÜCHER.example', 'Ann@xn--bcher-kva.EXAMPLE'])
      expect(await emails(`email=${encodeURIComponent(asked)}`)).toEqual([found]);
    expect(await emails('email=bob@mail.example')).toEqual([]);
  });

  it('is named no more once its inbox is purged', async () => {
    for (const email of ['ann@mail.example', 'bob@mail.example', 'cy@mail.example'])
      await app.call('acme', 'POST', '/suppressions/', { email });
    const data = { inboxId: 'inb_acme', address: 'agent@acme.example' };
    await app.given(
      'inbox-inb_other',
      { type: 'InboxPurged', data: { ...data, inboxId: 'inb_other' } },
      { tenantId: 'ten_acme', inboxId: 'inb_other' },
    );
    await app.settled();
    expect(await emails('')).toHaveLength(3);
    await app.given('inbox-inb_acme', {
      type: 'InboxCreated',
      data: { ...data, domain: 'acme.example', displayName: null, ownerUserId: 'usr_1' },
    });
    await app.given('inbox-inb_acme', { type: 'InboxPurged', data });
    await app.settled();
    expect(await emails('')).toEqual([]);
    const late = await app.call('acme', 'POST', '/suppressions/', { email: 'dora@mail.example' });
    expect([late.status, late.body.code]).toEqual([409, 'inbox-purged']);
  });

  it('is listed newest first, or the other way round', async () => {
    const [ann, bob] = ['ann@mail.example', 'bob@mail.example'];
    for (const email of [ann, bob]) await app.call('acme', 'POST', '/suppressions/', { email });
    const [newest, oldest] = await Promise.all([emails('sort=desc'), emails('sort=asc')]);
    expect([newest, oldest]).toEqual([await emails(''), newest.toReversed()]);
    expect(newest.toSorted()).toEqual([ann, bob]);
  });
});
