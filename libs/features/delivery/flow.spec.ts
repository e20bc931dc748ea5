import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Context } from '#kernel/context';
import { Clock } from '#platform/clock/clock';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { OpsRegistry } from '#platform/ops/registry';
import { contextOf, NOW } from '#testing/context';
import { DnsServer } from '#testing/dns-server';
import { InMemoryApp } from '#testing/in-memory-app';
import { MailHost, type MailHostOptions } from '#testing/mail-host';
import { SteppedClock } from '#testing/stepped-clock';
import { METADATA } from '#testing/recorded';
import { DomainsModule } from '../domains/module.js';
import { InboxesModule } from '../inboxes/module.js';
import { QueueMessage } from '../mailbox/commands.js';
import { MailboxModule } from '../mailbox/module.js';
import { messages } from '../mailbox/read-model.js';
import { suppressionIdOf } from '../suppressions/commands.js';
import { SuppressionsModule } from '../suppressions/module.js';
import { suppressions } from '../suppressions/read-model.js';
import { DeliveryModule } from './module.js';

const MINUTE = 60_000;
const content = Buffer.from('Subject: Hi\r\n\r\nHello\r\n');
const scope = { tenantId: 'ten_acme', inboxId: 'inb_acme' };

let dns: DnsServer;
let host: MailHost;
let clock: SteppedClock;
let app: InMemoryApp;

const start = async (options: MailHostOptions = {}, config: object = {}) => {
  dns = await DnsServer.start({
    'mail.example': { MX: [{ priority: 10, exchange: 'mx.mail.example' }] },
    'mx.mail.example': { A: ['127.0.0.1'] },
    'none.example': { MX: [{ priority: 0, exchange: '.' }] },
  });
  host = await MailHost.start(options);
  clock = new SteppedClock();
  app = await InMemoryApp.start({
    features: [DomainsModule, InboxesModule, MailboxModule, DeliveryModule, SuppressionsModule],
    config: { outbound: 'direct', smtpOutPort: host.port, dnsServers: [dns.address], ...config },
    ports: [{ provide: Clock, useValue: clock }],
  });
  await given('acme', 'acme.example');
};

/** A tenant with one inbox on one domain. */
const given = async (name: string, domain: string) => {
  const owner = { tenantId: `ten_${name}` };
  const inboxId = `inb_${name}`;
  const claim = { domainId: `dom_${name}`, domain };
  const added = { domainUse: 'existing_domain', dmarcPolicy: 'none', dkimPublicKey: '', ownershipToken: '' };
  await app.given(`domain-dom_${name}`, { type: 'DomainAdded', data: { ...claim, ...added } }, owner);
  await app.given(`domain-dom_${name}`, { type: 'DomainVerified', data: claim }, owner);
  const inbox = { inboxId, address: `agent@${domain}`, domain, displayName: null, ownerUserId: 'usr_1' };
  await app.given(`inbox-${inboxId}`, { type: 'InboxCreated', data: inbox }, { ...owner, inboxId });
  await app.settled();
};

let sent = 0;
const send = async (to: readonly string[], over: object = {}, context: Partial<Context> = {}) => {
  const messageId = `msg_${'0'.repeat(25)}${(sent = (sent + 1) % 10)}`;
  const { blobId, size } = await app.vault.blobs.put({ scope, subject: messageId }, content);
  const person = (email: string) => ({ email, name: null });
  const queue = new QueueMessage({
    ...{ messageId, inboxId: 'inb_acme', threadId: 'thr_1', blobId, size, contentId: 'blb_none' },
    ...{ from: person('agent@acme.example'), to: to.map(person), cc: [], bcc: [], replyTo: [] },
    ...{ subject: 'Hi', snippet: 'Hello', attachments: [], inReplyTo: null, references: [] },
    ...{ rfcMessageId: `<${messageId}@acme.example>`, queuedAt: clock.now(), sendAt: null },
    gate: { verdict: 'send', rules: [], facts: {} },
    ...over,
  } as unknown as QueueMessage['data']);
  await app.get(Commands).execute(queue, contextOf({ now: clock.now(), ...context }, messageId));
  return messageId;
};

const view = async (messageId: string) => {
  const found = await app.get(Views).for(scope).get(messages, messageId);
  const recipients = Object.values(found?.deliveries ?? {}).flatMap((delivery) => delivery.recipients);
  return { status: found?.status, recipients };
};
const until = async (what: () => unknown) => {
  for (let waited = 0; waited < 5_000; waited += 10) {
    await app.settled();
    if (await what()) return;
    await setTimeout(10);
  }
  throw new Error('It did not come to that');
};
const reaches = (messageId: string, status: string) =>
  until(async () => (await view(messageId)).status === status);

afterEach(async () => {
  await app.stop();
  await host.stop();
  await dns.stop();
});

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
    expect(host.taken).toMatchObject([{ recipients: ['ann@mail.example'], content }]);
    expect(host.taken[0]?.mailFrom).toMatch(/^bounce\+dlv_[0-9A-Z]{26}@acme\.example$/);
    expect(JSON.stringify(app.store.log.map(({ data }) => data))).not.toMatch(/ann@|No such user/);
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
    clock.advance(MINUTE - 1_000);
    await app.settled();
    expect((await view(messageId)).status).toBe('deferred');
    clock.advance(6_000);
    await reaches(messageId, 'sent');
    expect(host.taken.map(({ recipients }) => recipients)).toEqual([
      ['ann@mail.example'],
      ['bob@mail.example'],
    ]);
  });

  it('bounces after five days of trying', async () => {
    await start({ script: { MAIL: '451 4.3.0 Later' } });
    const messageId = await send(['ann@mail.example']);
    await reaches(messageId, 'deferred');
    clock.advance(5 * 24 * 60 * MINUTE);
    await reaches(messageId, 'bounced');
    expect((await view(messageId)).recipients[0]).toMatchObject({
      status: 'bounced',
      lastReply: '451 4.3.0 Later',
    });
  });

  it('bounces in the end where nobody ever says whether it arrived', async () => {
    await start({ hangUpIn: 'body' });
    const messageId = await send(['ann@mail.example']);
    await reaches(messageId, 'sending');
    clock.advance(16 * MINUTE);
    await until(async () => {
      clock.advance(6_000);
      return (await view(messageId)).recipients[0]?.attempts === 2;
    });
    clock.advance(5 * 24 * 60 * MINUTE);
    await until(async () => {
      clock.advance(6_000);
      return (await view(messageId)).status === 'bounced';
    });
    expect(host.taken).toEqual([]);
  });

  it('waits for its time, and while its inbox is suspended', async () => {
    await start();
    const sendAt = new Date(Date.parse(NOW) + 10 * MINUTE).toISOString();
    const messageId = await send(['ann@mail.example'], { sendAt });
    await app.settled();
    expect((await view(messageId)).status).toBe('queued');
    await app.given('inbox-inb_acme', { type: 'InboxSuspended', data: { inboxId: 'inb_acme' } });
    await app.settled();
    clock.advance(11 * MINUTE);
    await reaches(messageId, 'held');
    expect(host.taken).toEqual([]);
    await app.given('inbox-inb_acme', { type: 'InboxResumed', data: { inboxId: 'inb_acme' } });
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
    await app.settled();
    const { results } = await app
      .get(Views)
      .for({ tenantId: 'ten_rival', inboxId: 'inb_rival' })
      .list(messages, 'byTime', {});
    expect(results).toMatchObject([{ direction: 'inbound', subject: 'Hi', threadId: expect.any(String) }]);
    expect(host.connections).toBe(0);
  });

  it('never leaves the sandbox', async () => {
    await start({}, { sandbox: true });
    const to = ['ann@anything.test', 'bob@mail.example'];
    const messageId = await send(to, { subject: '<b>Hi</b>' });
    await reaches(messageId, 'sent');
    expect(host.taken.map(({ recipients }) => recipients)).toEqual([['bob@mail.example']]);

    const shown = await app.call(null, 'GET', '/../sandbox/mail/');
    expect(shown.body.results).toMatchObject([
      { message_id: messageId, rcpt_to: ['ann@anything.test'], subject: '<b>Hi</b>' },
    ]);
    const page = await app.call(null, 'GET', '/../sandbox/mail/', undefined, { accept: 'text/html,*/*' });
    expect(page.body).toContain('&lt;b&gt;Hi&lt;/b&gt;');
    expect(page.headers.get('content-type')).toMatch('text/html');
    const one = await app.call(null, 'GET', `/../sandbox/mail/${messageId}/`, undefined, {
      accept: 'text/html',
    });
    expect(one.body).toContain('ann@anything.test');
    expect((await app.call(null, 'GET', `/../sandbox/mail/${messageId}/raw/`)).body).toBe(content.toString());
  });

  it('is shown nowhere where there is no sandbox', async () => {
    await start({}, { sandbox: false });
    expect((await app.call(null, 'GET', '/../sandbox/mail/')).status).toBe(404);
  });

  it('that was under way when the process died is tried again, with the same content', async () => {
    await start();
    const deliveryId = `dlv_${'0'.repeat(26)}`;
    const messageId = 'msg_00000000000000000000000009';
    const { blobId } = await app.vault.blobs.put({ scope, subject: messageId }, content);
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
      await app.given(`delivery-${deliveryId}`, { type, data });
    await app.settled();
    clock.advance(6_000);
    await until(() => host.taken.length > 0);
    await until(() => app.store.log.at(-1)?.type === 'AttemptFinished');
    expect(host.taken).toMatchObject([{ recipients: ['bob@mail.example'], content }]);
    expect((await app.store.read(`delivery-${deliveryId}`)).map(({ type }) => type).slice(4)).toEqual([
      'DeliveryUncertain',
      'AttemptStarted',
      'AttemptFinished',
    ]);
  });

  it('is not sent to an address that bounced for good, until that is lifted', async () => {
    await start({ script: { 'RCPT gone@mail.example': ['550 5.1.1 No such user', '250 Ok'] } });
    await reaches(await send(['gone@mail.example']), 'bounced');
    const id = suppressionIdOf('inb_acme', 'Gone@mail.example');
    await until(() => app.get(Views).for(scope).get(suppressions, id));
    const again = await send(['Gone@mail.example']);
    await reaches(again, 'bounced');
    expect((await view(again)).recipients[0]?.lastReply).toMatch(/suppressed/);
    expect((await app.call('rival', 'DELETE', `/suppressions/${id}/`)).status).toBe(404);
    const { body } = await app.call('acme', 'GET', '/suppressions/');
    expect(body.results).toMatchObject([
      { suppression_id: id, email: 'gone@mail.example', reason: 'hard-bounce', status: '5.1.1' },
    ]);
    expect((await app.call('acme', 'DELETE', `/suppressions/${id}/`)).status).toBe(204);
    await app.settled();
    expect((await app.call('acme', 'GET', '/suppressions/')).body.results).toEqual([]);
    await reaches(await send(['gone@mail.example']), 'sent');
  });

  it('that was erased meanwhile is dropped', async () => {
    await start({ script: { MAIL: '451 4.3.0 Later' } });
    const messageId = await send(['ann@mail.example']);
    await reaches(messageId, 'deferred');
    await app.vault.personalData.erase({ scope, subject: messageId });
    clock.advance(2 * MINUTE);
    await until(() => app.store.log.some(({ type }) => type === 'DeliveryDropped'));
    expect(host.taken).toEqual([]);
  });
});

describe('gent queue', () => {
  const queue = async (...words: readonly string[]) => {
    const rows: object[] = [];
    const say = async (row: object) => void rows.push(row);
    const { signal: stopping } = new AbortController();
    await app.get(OpsRegistry).find('queue')?.run({ words, options: {}, say, stopping });
    await app.settled();
    return rows as readonly Readonly<{ deliveryId: string; status: string }>[];
  };

  it('lists what waits, and holds, retries and drops it', async () => {
    await start({ script: { MAIL: '451 4.3.0 Later' } });
    const first = await send(['ann@mail.example']);
    await reaches(first, 'deferred');
    const [waiting] = await queue();
    const id = waiting?.deliveryId ?? '';
    expect(waiting).toMatchObject({ status: 'waiting', destination: 'mail.example', lastReason: 'peer' });
    await queue('hold', id);
    expect((await view(first)).status).toBe('held');
    host.options = {};
    await queue('retry', id);
    await reaches(first, 'sent');
    expect(await queue()).toEqual([]);
    expect(await queue('show', id)).toMatchObject([{ status: 'done', attempt: 2 }]);

    host.options = { script: { RCPT: '451 4.3.0 Later' } };
    const second = await send(['bob@mail.example']);
    await reaches(second, 'deferred');
    await queue('drop', 'all');
    await reaches(second, 'bounced');
    await expect(queue('drop', 'dlv_none')).rejects.toMatchObject({ code: 'not-found' });
    await expect(queue('burn', id)).rejects.toMatchObject({ name: 'WrongUsage' });
  });
});

describe('what comes back', () => {
  it('to the return path of a delivery, is about that delivery', async () => {
    await start();
    const messageId = await send(['ann@mail.example']);
    await reaches(messageId, 'sent');
    const report = [
      'From: MAILER-DAEMON@mail.example',
      'Subject: Undelivered',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      '',
      'Sorry.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.mail.example',
      '',
      'Final-Recipient: rfc822; ann@mail.example',
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 User unknown',
      '',
      '--b--',
      '',
    ].join('\r\n');
    const recipient = host.taken[0]?.mailFrom ?? '';
    const { blobId, size } = await app.vault.blobs.put({ scope, subject: 'msg_report' }, Buffer.from(report));
    const accepted = {
      messageId: 'msg_report',
      inboxId: 'inb_acme',
      blobId,
      size,
      mailFrom: '',
      recipient,
      rfcMessageId: '<r@mail.example>',
    };
    const envelope = {
      remoteIp: '192.0.2.1',
      helo: 'mx',
      protocol: 'ESMTP',
      authentication: null,
      receivedAt: NOW,
    };
    await app.given(
      'message-msg_report',
      { type: 'MessageAccepted', data: { ...accepted, ...envelope } },
      METADATA,
    );
    await reaches(messageId, 'bounced');
    expect((await view(messageId)).recipients[0]?.lastReply).toMatch(/User unknown/);
    const id = suppressionIdOf('inb_acme', 'ann@mail.example');
    await until(() => app.get(Views).for(scope).get(suppressions, id));
  });
});
