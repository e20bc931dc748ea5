import { describe, expect, it } from '@jest/globals';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { deliverySite } from '#testing/delivery-site';
import { contextOf, NOW } from '#testing/context';
import { ChangeMessage } from '../mailbox/commands.js';
import { messages } from '../mailbox/read-model.js';
import { suppressionIdOf } from '../suppressions/commands.js';
import { suppressions } from '../suppressions/read-model.js';
import { PlanDeliveries } from './commands.js';

const MINUTE = 60_000;

const { site, scope, content, start, given, send, view, until, reaches } = deliverySite();

describe('a message that is queued', () => {
  it('goes to each destination in one transaction, and says what became of each recipient', async () => {
    await start({ script: { 'RCPT gone@mail.example': '550 5.1.1 No such user' } });
    const to = ['ann@mail.example', 'gone@mail.example', 'x@none.example', 'Ann@mail.example'];
    const messageId = await send(to);
    await reaches(messageId, 'sent');
    expect((await view(messageId)).recipients).toMatchObject([
      { email: 'ann@mail.example', status: 'delivered', attempts: 1, lastReply: '250 2.0.0 Taken' },
      { email: 'gone@mail.example', status: 'bounced', lastReply: '550 5.1.1 No such user' },
      { email: 'x@none.example', status: 'bounced' },
    ]);
    expect(site.host.taken).toMatchObject([{ recipients: ['ann@mail.example'], content }]);
    expect(site.host.taken[0]?.mailFrom).toMatch(/^bounce\+dlv_[0-9A-Z]{26}@acme\.example$/);
    expect(JSON.stringify(site.app.store.log.map(({ data }) => data))).not.toMatch(/ann@|No such user/);
  });

  it('waits a minute after a refusal for now, shows when it goes on, and is never repeated to who has it', async () => {
    await start({ script: { 'RCPT bob@mail.example': ['451 4.7.1 Greylisted', '250 Ok'] } });
    const messageId = await send(['ann@mail.example', 'bob@mail.example']);
    await reaches(messageId, 'deferred');
    const nextAttemptAt = new Date(Date.parse(NOW) + MINUTE).toISOString();
    expect((await view(messageId)).recipients[1]).toMatchObject({
      nextAttemptAt,
      lastReply: '451 4.7.1 Greylisted',
    });
    site.clock.advance(MINUTE - 1_000);
    await site.app.settled();
    expect((await view(messageId)).status).toBe('deferred');
    site.clock.advance(6_000);
    await reaches(messageId, 'sent');
    expect(site.host.taken.map(({ recipients }) => recipients)).toEqual([
      ['ann@mail.example'],
      ['bob@mail.example'],
    ]);
  });

  it('bounces after five days of trying', async () => {
    await start({ script: { MAIL: '451 4.3.0 Later' } });
    const messageId = await send(['ann@mail.example']);
    await reaches(messageId, 'deferred');
    site.clock.advance(5 * 24 * 60 * MINUTE);
    await reaches(messageId, 'bounced');
    expect((await view(messageId)).recipients[0]).toMatchObject({
      status: 'bounced',
      lastReply: '451 4.3.0 Later',
    });
  });

  it('asks again soon for a destination that was away, however much is sent there meanwhile', async () => {
    await start({ hangUpIn: 'MAIL' });
    for (let seconds = 0; seconds < 30; seconds += 10) {
      await reaches(await send(['ann@mail.example']), 'deferred');
      site.clock.advance(10_000);
    }
    expect(site.host.connections).toBe(1);
    site.host.options = {};
    await reaches(await send(['bob@mail.example']), 'sent');
  });

  it('bounces in the end where nobody ever says whether it arrived', async () => {
    await start({ hangUpIn: 'body' });
    const messageId = await send(['ann@mail.example']);
    await reaches(messageId, 'deferred');
    const shown = async () => (await view(messageId)).recipients[0];
    for (const [index, minutes] of [1, 5, 15].entries()) {
      const wait = Date.parse((await shown())?.nextAttemptAt ?? '') - Date.parse(site.clock.now());
      expect(Math.ceil(wait / MINUTE)).toBe(minutes);
      site.clock.advance(wait - 1);
      await site.app.settled();
      expect((await shown())?.attempts).toBe(index + 1);
      site.clock.advance(6_000);
      await until(async () => (await shown())?.attempts === index + 2);
      await reaches(messageId, 'deferred');
    }
    expect(site.host.connections).toBe(4);
    site.clock.advance(5 * 24 * 60 * MINUTE);
    await until(async () => {
      site.clock.advance(6_000);
      return (await view(messageId)).status === 'bounced';
    });
    expect(site.host.taken).toEqual([]);
  });

  it('waits for its time, and while its inbox is suspended', async () => {
    await start();
    const sendAt = new Date(Date.parse(NOW) + 10 * MINUTE).toISOString();
    const messageId = await send(['ann@mail.example'], { sendAt });
    await site.app.settled();
    expect((await view(messageId)).status).toBe('queued');
    await site.app.given('inbox-inb_acme', { type: 'InboxSuspended', data: { inboxId: 'inb_acme' } });
    await site.app.settled();
    site.clock.advance(11 * MINUTE);
    await reaches(messageId, 'held');
    expect(site.host.taken).toEqual([]);
    await site.app.given('inbox-inb_acme', { type: 'InboxResumed', data: { inboxId: 'inb_acme' } });
    await reaches(messageId, 'sent');
  });

  it('is called off while it lies in the trash, and sent once it is taken out again', async () => {
    await start();
    const sendAt = new Date(Date.parse(NOW) + 10 * MINUTE).toISOString();
    const messageId = await send(['ann@mail.example'], { sendAt });
    const moved = (folder: 'trash' | 'sent') =>
      site.app.get(Commands).execute(new ChangeMessage({ messageId, folder }), contextOf({}, `to-${folder}`));
    await moved('trash');
    await site.app.settled();
    site.clock.advance(11 * MINUTE);
    await reaches(messageId, 'held');
    site.clock.advance(11 * MINUTE);
    await site.app.settled();
    expect([(await view(messageId)).status, site.host.taken]).toEqual(['held', []]);
    await moved('sent');
    await site.app.settled();
    site.clock.advance(2 * MINUTE);
    await reaches(messageId, 'sent');
  });

  it('goes on in the trash where it was not to wait', async () => {
    await start({ script: { MAIL: '451 4.3.0 Later' } });
    const messageId = await send(['ann@mail.example']);
    await reaches(messageId, 'deferred');
    const trash = new ChangeMessage({ messageId, folder: 'trash' });
    await site.app.get(Commands).execute(trash, contextOf({}, 'trash'));
    site.host.options = {};
    site.clock.advance(2 * MINUTE);
    await reaches(messageId, 'sent');
  });

  it('stays inside where it is for an inbox of ours, and bounces where there is none', async () => {
    await start();
    await given('rival', 'rival.example');
    const messageId = await send(['agent+tag@rival.example', 'nobody@rival.example']);
    await reaches(messageId, 'sent');
    expect((await view(messageId)).recipients).toMatchObject([
      { status: 'delivered', confirmed: true },
      { status: 'bounced', lastReply: '550 5.1.1 There is no such mailbox' },
    ]);
    await site.app.settled();
    const { results } = await site.app
      .get(Views)
      .for({ tenantId: 'ten_rival', inboxId: 'inb_rival' })
      .list(messages, 'byTime', {});
    expect(results).toMatchObject([{ direction: 'inbound', subject: 'Hi', threadId: expect.any(String) }]);
    expect(site.host.connections).toBe(0);
  });

  it('never leaves the sandbox', async () => {
    await start({}, { sandbox: true });
    const to = ['ann@anything.test', 'bob@mail.example'];
    const messageId = await send(to, { subject: '<b>Hi</b>' });
    await reaches(messageId, 'sent');
    expect(site.host.taken.map(({ recipients }) => recipients)).toEqual([['bob@mail.example']]);

    const shown = await site.app.call(null, 'GET', '/../sandbox/mail/');
    expect(shown.body.results).toMatchObject([
      { message_id: messageId, rcpt_to: ['ann@anything.test'], subject: '<b>Hi</b>' },
    ]);
    const page = await site.app.call(null, 'GET', '/../sandbox/mail/', undefined, {
      accept: 'text/html,*/*',
    });
    expect(page.body).toContain('&lt;b&gt;Hi&lt;/b&gt;');
    expect(page.headers.get('content-type')).toMatch('text/html');
    const one = await site.app.call(null, 'GET', `/../sandbox/mail/${messageId}/`, undefined, {
      accept: 'text/html',
    });
    expect(one.body).toContain('ann@anything.test');
    expect((await site.app.call(null, 'GET', `/../sandbox/mail/${messageId}/raw/`)).body).toBe(
      content.toString(),
    );
  });

  it('is shown nowhere where there is no sandbox', async () => {
    await start({}, { sandbox: false });
    expect((await site.app.call(null, 'GET', '/../sandbox/mail/')).status).toBe(404);
  });

  it('planned again after a crash goes to whom it did not go yet, though its inbox is held back by then', async () => {
    await start();
    const messageId = 'msg_00000000000000000000000009';
    const { blobId, size } = await site.app.vault.blobs.put({ scope, subject: messageId }, content);
    const person = (email: string) => ({ email, name: null });
    const what = { messageId, inboxId: 'inb_acme', blobId, size, rfcMessageId: '<x@acme.example>' };
    const nobody = { cc: [], bcc: [], sendAt: null, queuedAt: NOW };
    const plan = (...to: readonly string[]) => {
      const people = { from: person('agent@acme.example'), to: to.map(person) };
      const command = new PlanDeliveries({
        ...what,
        ...nobody,
        ...people,
      } as unknown as PlanDeliveries['data']);
      return site.app.get(Commands).execute(command, contextOf(scope, 'the same cause'));
    };
    const recordedOf = (type: string) => site.app.store.log.filter((event) => event.type === type).length;
    await plan('ann@mail.example');
    await until(() => recordedOf('AttemptFinished') === 1);
    await site.app.given('inbox-inb_acme', { type: 'InboxSuspended', data: { inboxId: 'inb_acme' } });
    await site.app.settled();

    await plan('ann@mail.example', 'x@none.example');
    expect([recordedOf('DeliveryQueued'), recordedOf('DeliveryHeld')]).toEqual([2, 1]);
    expect(site.host.taken).toHaveLength(1);
  });

  it('that was under way when the process died is tried again, with the same content', async () => {
    await start();
    const deliveryId = `dlv_${'0'.repeat(26)}`;
    const messageId = 'msg_00000000000000000000000009';
    const { blobId } = await site.app.vault.blobs.put({ scope, subject: messageId }, content);
    const ids = { deliveryId, messageId };
    const queued = {
      ...ids,
      inboxId: 'inb_acme',
      destination: 'mail.example',
      recipients: ['ann@mail.example', 'bob@mail.example'],
      count: 2,
    };
    const times = { notBefore: NOW, expiresAt: '2026-01-06T00:00:00.000Z', rfcMessageId: '<x@acme.example>' };
    const outcomes = [
      { recipient: 0, outcome: 'delivered', status: null, reason: null },
      { recipient: 1, outcome: 'deferred', status: null, reason: null },
    ];
    for (const [type, data] of [
      [
        'DeliveryQueued',
        { ...queued, ...times, mailFrom: `bounce+${deliveryId}@acme.example`, blobId, size: 1 },
      ],
      ['AttemptStarted', { ...ids, attempt: 1, deadline: '2026-01-01T00:15:00.000Z', runner: 'dead' }],
      [
        'AttemptFinished',
        { ...ids, attempt: 1, outcomes, replies: ['250', '451'], peer: null, tls: null, nextAttemptAt: NOW },
      ],
      ['AttemptStarted', { ...ids, attempt: 2, deadline: '2026-01-01T00:15:00.000Z', runner: 'dead' }],
    ] as const)
      await site.app.given(`delivery-${deliveryId}`, { type, data });
    await site.app.settled();
    site.clock.advance(6_000);
    await until(() => site.host.taken.length > 0);
    await until(() => site.app.store.log.at(-1)?.type === 'AttemptFinished');
    expect(site.host.taken).toMatchObject([{ recipients: ['bob@mail.example'], content }]);
    expect((await site.app.store.read(`delivery-${deliveryId}`)).map(({ type }) => type).slice(4)).toEqual([
      'DeliveryUncertain',
      'AttemptStarted',
      'AttemptFinished',
    ]);
  });

  it('whose attempt broke within is tried again soon, not when its time is up', async () => {
    await start();
    const { blobs } = site.app.vault;
    const read = blobs.read.bind(blobs);
    // The index reads as well, and what the parts of the message are in.
    blobs.read = async (blobId) => {
      if (blobId === 'blb_none') return read(blobId);
      blobs.read = read;
      throw new Error('The vault is away');
    };
    const messageId = await send(['ann@mail.example']);
    await until(() => blobs.read === read);
    site.clock.advance(5_000);
    await reaches(messageId, 'sent');
    expect(site.host.taken).toHaveLength(1);
  });

  it('whose attempts break within each time is tried less and less often', async () => {
    await start();
    const { blobs } = site.app.vault;
    const read = blobs.read.bind(blobs);
    blobs.read = async (blobId) => {
      if (blobId === 'blb_none') return read(blobId);
      throw new Error('The vault is away');
    };
    const messageId = await send(['ann@mail.example']);
    await until(async () => {
      site.clock.advance(6_000);
      return (await view(messageId)).recipients[0]?.attempts === 4;
    });
    const started = site.app.store.log.filter(({ type }) => type === 'AttemptStarted');
    const times = started.map(({ metadata }) => Date.parse(metadata.occurredAt));
    const waits = times.slice(1).map((time, index) => Math.floor((time - (times[index] ?? 0)) / MINUTE));
    expect(waits).toEqual([0, 1, 5]);
    blobs.read = read;
    await until(async () => {
      site.clock.advance(MINUTE);
      return (await view(messageId)).status === 'sent';
    });
  });

  it('is not sent to an address that bounced for good, until that is lifted', async () => {
    await start({ script: { 'RCPT gone@mail.example': ['550 5.1.1 No such user', '250 Ok'] } });
    await reaches(await send(['gone@mail.example']), 'bounced');
    const id = suppressionIdOf('inb_acme', 'Gone@mail.example');
    await until(() => site.app.get(Views).for(scope).get(suppressions, id));
    const again = await send(['Gone@mail.example']);
    await reaches(again, 'bounced');
    expect((await view(again)).recipients[0]?.lastReply).toMatch(/suppressed/);
    expect((await site.app.call('rival', 'DELETE', `/suppressions/${id}/`)).status).toBe(404);
    const { body } = await site.app.call('acme', 'GET', '/suppressions/');
    expect(body.results).toMatchObject([
      { suppression_id: id, email: 'gone@mail.example', reason: 'hard-bounce', status: '5.1.1' },
    ]);
    expect((await site.app.call('acme', 'DELETE', `/suppressions/${id}/`)).status).toBe(204);
    await site.app.settled();
    expect((await site.app.call('acme', 'GET', '/suppressions/')).body.results).toEqual([]);
    await reaches(await send(['gone@mail.example']), 'sent');
  });

  it('that was erased meanwhile is dropped', async () => {
    await start({ script: { MAIL: '451 4.3.0 Later' } });
    const messageId = await send(['ann@mail.example']);
    await reaches(messageId, 'deferred');
    await site.app.vault.personalData.erase({ scope, subject: messageId });
    site.clock.advance(2 * MINUTE);
    await until(() => site.app.store.log.some(({ type }) => type === 'DeliveryDropped'));
    expect(site.host.taken).toEqual([]);
  });
});
