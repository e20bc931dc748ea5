import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Event } from '#kernel/messages';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { InboxDirectory } from '#platform/http/credentials';
import { TokenUses } from '#platform/http/token-uses';
import { shownIn } from '#platform/time/local-time';
import { utc } from '#platform/time/utc';
import { NOW } from '#testing/context';
import { FixedInboxes } from '#testing/fixed-credentials';
import { InMemoryApp } from '#testing/in-memory-app';
import { queuedMail, receivedMail } from '#testing/mail';
import { userEvents } from '../accounts/events.js';
import { users } from '../accounts/read-model.js';
import { auditEntries } from '../audit/read-model.js';
import { deliveryEvents } from '../delivery/events.js';
import { inboxEvents } from '../inboxes/events.js';
import { inboxes } from '../inboxes/read-model.js';
import { messageEvents, threadEvents } from '../mailbox/events.js';
import { messages, threads } from '../mailbox/read-model.js';
import { tokenEvents } from '../tokens/events.js';
import { tokens } from '../tokens/read-model.js';
import { HandoffModule } from './module.js';

const [inboxId, address] = ['inb_acme', 'agent@acme.test'];
const acme = { tenantId: 'ten_acme', inboxId };
const ann = { email: 'ann@mail.example', name: 'Ann' };
const bob = { email: 'bob@mail.example', name: null };

const elsewhere = EventSourcingModule.forFeature({
  catalogs: [userEvents, inboxEvents, tokenEvents, messageEvents, threadEvents, deliveryEvents],
  projections: [users, inboxes, tokens, messages, threads, auditEntries],
});

const daysAgo = (days: number) => new Date(Date.parse(NOW) - days * 86_400_000).toISOString();

/** The inboxes of the callers, and a second one of the same tenant. */
class WithAnother extends FixedInboxes {
  override async find(tenantId: string, id: string): Promise<string | undefined> {
    return tenantId === acme.tenantId && id === 'inb_other' ? id : super.find(tenantId, id);
  }
}

let app: InMemoryApp;
beforeEach(async () => {
  app = await InMemoryApp.start({
    features: [HandoffModule, elsewhere],
    ports: [
      { provide: TokenUses, useClass: TokenUses },
      { provide: InboxDirectory, useClass: WithAnother },
    ],
  });
  const created = { inboxId, address, domain: 'acme.test', displayName: 'Agent', ownerUserId: 'usr_acme' };
  await happened(`inbox-${inboxId}`, { type: 'InboxCreated', data: created }, { occurredAt: daysAgo(60) });
});
afterEach(() => app.stop());

const happened = (stream: string, event: Event, more: object = {}) =>
  app.given(stream, event, { ...acme, ...more } as never);
const received = (messageId: string, days: number, over: object = {}) =>
  happened(
    `message-${messageId}`,
    receivedMail({
      messageId,
      inboxId,
      threadId: `thr_${messageId}`,
      from: ann,
      receivedAt: daysAgo(days),
      ...over,
    }),
    { occurredAt: daysAgo(days) },
  );
const sent = async (messageId: string, days: number, over: object = {}) =>
  happened(
    `message-${messageId}`,
    queuedMail({
      messageId,
      inboxId,
      threadId: `thr_${messageId}`,
      to: [ann],
      queuedAt: daysAgo(days),
      ...over,
    }),
    { occurredAt: daysAgo(days) },
  );
const configured = (missedReplyThresholdDays: number | null, defaultTimezone: string | null = null) =>
  happened(`inbox-${inboxId}`, {
    type: 'InboxConfigChanged',
    data: {
      inboxId,
      defaultTimezone,
      missedReplyThresholdDays,
      signature: null,
      labelInferenceThreshold: null,
      collaborationEnabled: false,
      webhook: null,
    },
  });
const handoff = async (caller = 'acmeSession', id = inboxId, query = '') => {
  await app.settled();
  return app.call(caller, 'GET', `/inboxes/${id}/handoff/${query}`);
};

describe('a handoff', () => {
  it('of a new inbox is empty, and changes nothing', async () => {
    const before = app.store.log.length;
    expect(await handoff()).toMatchObject({
      status: 200,
      body: {
        inbox: { inbox_id: inboxId, address, display_name: 'Agent', status: 'active', agent_access: true },
        generated_at: utc(NOW),
        log_position: '0',
        paused_tokens: [],
        open_threads: [],
        missed_replies: [],
        recent_activity: [{ type: 'inbox.created', inbox_id: inboxId, resource_id: inboxId }],
        active_relationships: [],
        pending_approvals: [],
        held_sends: 0,
        next_timers: [],
      },
    });
    expect(app.store.log).toHaveLength(before);
  });

  it('names the tokens that are paused', async () => {
    const token = {
      inboxId,
      scopes: ['email:read'],
      requiresApproval: [],
      expiresAt: null,
      prefix: 'gent_1234',
    };
    for (const tokenId of ['tok_1', 'tok_2'])
      await happened(`token-${tokenId}`, {
        type: 'TokenCreated',
        data: { ...token, tokenId, label: `Bot ${tokenId}`, digest: tokenId },
      });
    await happened(
      'token-tok_1',
      { type: 'TokenPaused', data: { tokenId: 'tok_1' } },
      { occurredAt: daysAgo(-1) },
    );
    app.get(TokenUses).note('tok_1', daysAgo(2));
    const { body } = await handoff();
    expect(body.paused_tokens).toEqual([
      { token_id: 'tok_1', label: 'Bot tok_1', paused_at: utc(daysAgo(-1)), last_used_at: utc(daysAgo(2)) },
    ]);
    expect(body.recent_activity[0]).toMatchObject({ type: 'token.paused', resource_id: 'tok_1' });
  });

  it('shows the threads of the last 30 days that are not put away', async () => {
    await received('msg_old', 31);
    await received('msg_new', 2, { subject: 'New' });
    await received('msg_both', 5, { subject: 'Both' });
    await sent('msg_answer', 1, { threadId: 'thr_msg_both' });
    await received('msg_spam', 1, { folder: 'spam' });
    await received('msg_done', 1);
    await happened('message-msg_done', {
      type: 'MessageMoved',
      data: { messageId: 'msg_done', threadId: 'thr_msg_done', folder: 'archive', from: 'inbox' },
    });
    const { body } = await handoff();
    expect(body.open_threads).toMatchObject([
      { thread_id: 'thr_msg_both', subject: 'Both', last_direction: 'outbound', message_count: 2 },
      { thread_id: 'thr_msg_new', subject: 'New', last_direction: 'inbound', unread_count: 1, labels: [] },
    ]);
  });

  it('counts with whom there was real mail, the latest first', async () => {
    await received('msg_1', 3);
    await received('msg_2', 40);
    await received('msg_3', 1, { from: { email: 'robot@mail.example', name: null }, automatic: true });
    await sent('msg_4', 2, { to: [bob], cc: [{ email: 'ANN@mail.example', name: null }] });
    await sent('msg_5', 1, { to: [{ email: 'cy@mail.example', name: null }], sendAt: daysAgo(-5) });
    const { body } = await handoff();
    expect(body.active_relationships).toEqual([
      {
        contact_id: null,
        address: bob.email,
        name: null,
        last_interaction_at: utc(daysAgo(2)),
        interaction_count: 1,
      },
      {
        contact_id: null,
        address: ann.email,
        name: 'Ann',
        last_interaction_at: utc(daysAgo(2)),
        interaction_count: 2,
      },
    ]);
  });

  it('tells who has not answered for longer than the inbox waits', async () => {
    await sent('msg_fresh', 2);
    await sent('msg_missed', 4, { subject: 'Hello?' });
    await sent('msg_answered', 5);
    await received('msg_yes', 4, { threadId: 'thr_msg_answered' });
    await sent('msg_away', 6);
    await received('msg_auto', 5, { threadId: 'thr_msg_away', automatic: true });
    await sent('msg_again', 7);
    await sent('msg_reminder', 1, { threadId: 'thr_msg_again' });
    expect((await handoff()).body.missed_replies).toEqual([]);
    await configured(3);
    expect((await handoff()).body.missed_replies).toMatchObject([
      {
        thread_id: 'thr_msg_missed',
        message_id: 'msg_missed',
        subject: 'Hello?',
        to: [ann],
        sent_at: utc(daysAgo(4)),
        days_waiting: 4,
      },
      { message_id: 'msg_away', days_waiting: 6 },
    ]);
  });

  it('tells the times of mail as the inbox does, in its zone', async () => {
    await configured(3, 'Asia/Tokyo');
    await sent('msg_missed', 4);
    const { body } = await handoff();
    const at = shownIn('Asia/Tokyo', daysAgo(4));
    expect(body.missed_replies).toMatchObject([{ message_id: 'msg_missed', sent_at: at }]);
    expect(body.open_threads).toMatchObject([{ last_message_at: at }]);
    expect(at).not.toMatch(/Z$/);
  });

  it('says what happened lately in words, and how many messages are held', async () => {
    for (let count = 0; count < 31; count += 1)
      await received(`msg_${count}`, 1, { subject: `Mail ${count}` });
    await sent('msg_held', 0, { to: [bob], subject: 'Offer' });
    await happened('message-msg_0', {
      type: 'MessageFlagged',
      data: { messageId: 'msg_0', threadId: 'thr_msg_0', isRead: true, isFlagged: false, wasRead: false },
    });
    const held = { deliveryId: 'dlv_1', messageId: 'msg_held', reason: 'operator' };
    await happened('delivery-dlv_1', { type: 'DeliveryHeld', data: held });
    await happened('delivery-dlv_2', { type: 'DeliveryHeld', data: { ...held, deliveryId: 'dlv_2' } });
    const { body } = await handoff();
    expect(body.held_sends).toBe(1);
    expect(body.recent_activity).toHaveLength(30);
    expect(body.recent_activity.slice(0, 2)).toMatchObject([
      { type: 'message.sent', resource_id: 'msg_held', summary: 'To bob@mail.example: Offer' },
      { type: 'message.received', summary: expect.stringMatching(/^From ann@mail.example: Mail \d+$/) },
    ]);
    const released = { deliveryId: 'dlv_1', messageId: 'msg_held', nextAttemptAt: NOW };
    await happened('delivery-dlv_1', { type: 'DeliveryReleased', data: released });
    await happened('delivery-dlv_2', {
      type: 'DeliveryDropped',
      data: { deliveryId: 'dlv_2', messageId: 'msg_held' },
    });
    expect((await handoff()).body.held_sends).toBe(0);
  });

  it('is for users, of their own tenant', async () => {
    expect((await handoff('acme')).body.code).toBe('session-required');
    expect((await handoff('rivalAdmin')).status).toBe(404);
    expect((await handoff('acmeSession', 'inb_unknown')).status).toBe(404);
  });

  it('may name its inbox twice, but only one', async () => {
    const naming = async (query: string) => (await handoff('acmeSession', inboxId, query)).status;
    expect(await naming(`?inbox_id=${inboxId}`)).toBe(200);
    expect(await naming('?inbox_id=inb_other')).toBe(404);
    expect(await naming('?inbox_id=inb_unknown')).toBe(404);
  });
});
