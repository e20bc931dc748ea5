import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import PostalMime from 'postal-mime';
import { parseMailbox } from '#mail/address/mailbox';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { Views } from '#platform/event-sourcing/views';
import { Uploads, UploadsModule } from '#platform/vault/uploads';
import { NOW } from '#testing/context';
import { InMemoryApp } from '#testing/in-memory-app';
import { receivedMail } from '#testing/mail';
import { deliveryEvents } from '../delivery/events.js';
import { domainEvents } from '../domains/events.js';
import { verifiedDomains } from '../domains/read-model.js';
import { inboxEvents } from '../inboxes/events.js';
import { inboxes } from '../inboxes/read-model.js';
import { MailboxModule } from '../mailbox/module.js';
import { messages } from '../mailbox/read-model.js';
import { tokenEvents } from '../tokens/events.js';
import { tokens } from '../tokens/read-model.js';
import { SendingModule } from './module.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const scope = { tenantId: 'ten_acme', inboxId: 'inb_acme' };
const elsewhere = EventSourcingModule.forFeature({
  catalogs: [domainEvents, inboxEvents, tokenEvents, deliveryEvents],
  projections: [verifiedDomains, inboxes, tokens],
});

let app: InMemoryApp;
beforeEach(async () => {
  app = await InMemoryApp.start({ features: [MailboxModule, SendingModule, UploadsModule, elsewhere] });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await app.vault.records.put('dkim/dom_acme', Buffer.from(pem));
  const claim = { domainId: 'dom_acme', domain: 'acme.example' };
  const added = { domainUse: 'existing_domain', dmarcPolicy: 'none', dkimPublicKey: '', ownershipToken: '' };
  const owner = { tenantId: 'ten_acme' };
  await app.given('domain-dom_acme', { type: 'DomainAdded', data: { ...claim, ...added } }, owner);
  await app.given('domain-dom_acme', { type: 'DomainVerified', data: claim }, owner);
  const inbox = { inboxId: 'inb_acme', address: 'agent@acme.example', domain: 'acme.example' };
  const named = { displayName: 'Acme Agent', ownerUserId: 'usr_acme' };
  await app.given('inbox-inb_acme', { type: 'InboxCreated', data: { ...inbox, ...named } });
  await app.settled();
});
afterEach(() => app.stop());

const mail = { to: [{ email: 'Bob@Mail.example', name: 'Bob' }], subject: 'Hello', text_body: 'Hi Bob' };
const send = (body: object = {}, caller = 'acme') =>
  app.call(caller, 'POST', '/messages/', { ...mail, ...body });
const view = (messageId: string) => app.get(Views).for(scope).get(messages, messageId);
const raw = async (messageId: string) =>
  (await app.vault.blobs.read((await view(messageId))?.blobId ?? '')) ?? Buffer.alloc(0);
const configured = async (signature: string) => {
  const config = {
    defaultTimezone: 'Europe/Vienna',
    missedReplyThresholdDays: null,
    labelInferenceThreshold: null,
  };
  const data = { inboxId: 'inb_acme', signature, collaborationEnabled: false, webhook: null, ...config };
  await app.given('inbox-inb_acme', { type: 'InboxConfigChanged', data });
  await app.settled();
};

describe('a message that is sent', () => {
  it('is in the vault as it will go out, signed, and in the list at once', async () => {
    const bcc = [{ email: 'eve@secret.example' }];
    const { status, body } = await send({ cc: [{ email: 'cc@mail.example' }], bcc });
    expect([status, Object.keys(body)]).toEqual([201, ['message_id', 'thread_id']]);
    const found = await view(body.message_id);
    expect(found).toMatchObject({
      threadId: body.thread_id,
      direction: 'outbound',
      status: 'queued',
      folder: 'sent',
      from: { email: 'agent@acme.example', name: 'Acme Agent' },
      to: [{ email: 'Bob@mail.example', name: 'Bob' }],
      snippet: 'Hi Bob',
      rfcMessageId: `<${body.message_id}@acme.example>`,
    });
    const bytes = await raw(body.message_id);
    expect(bytes.toString()).not.toMatch(/secret\.example|^bcc:/im);
    const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
    const { results } = await dkimVerify(bytes, { resolver: async () => [[record]], curTime: new Date(NOW) });
    expect(results.map(({ signingDomain, status: { result } }) => [signingDomain, result])).toEqual([
      ['acme.example', 'pass'],
    ]);
    const parsed = await PostalMime.parse(bytes);
    expect(parsed).toMatchObject({ subject: 'Hello', messageId: found?.rfcMessageId, date: NOW });
    const queued = app.store.log.find(({ type }) => type === 'MessageQueued');
    expect(queued?.data).toMatchObject({
      gate: {
        verdict: 'send',
        rules: ['inbox-active', 'domain-ready', 'approval'],
        facts: { inbox: '0', domain: '1' },
      },
    });
    expect(JSON.stringify(queued?.data)).not.toMatch(/bob|Hi Bob|eve/i);
  });

  it('answers another: to whom, about what and in which thread follow from that', async () => {
    const original = receivedMail({
      messageId: 'msg_1',
      subject: 'RE: re: Order',
      from: { email: 'ann@bank.example', name: 'Ann' },
    });
    await app.given('message-msg_1', original);
    await app.settled();
    const { body } = await app.call('acme', 'POST', '/messages/', {
      reply_to_message_id: 'msg_1',
      text_body: 'Yes',
    });
    const parsed = await PostalMime.parse(await raw(body.message_id));
    expect(body.thread_id).toBe(original.data.threadId);
    expect(parsed).toMatchObject({
      to: [{ address: 'ann@bank.example', name: 'Ann' }],
      subject: 'Re: Order',
      inReplyTo: original.data.rfcMessageId,
    });
    expect(parsed.references).toMatch(new RegExp(`${original.data.rfcMessageId}$`));

    const onward = await app.call('acme', 'POST', '/messages/', {
      reply_to_message_id: body.message_id,
      html_body: '<p>And <b>more</b></p>',
      subject: 'New',
    });
    const second = await PostalMime.parse(await raw(onward.body.message_id));
    expect(second).toMatchObject({
      to: [{ address: 'ann@bank.example' }],
      subject: 'New',
      text: expect.stringContaining('And more'),
    });
    expect(onward.body.thread_id).toBe(body.thread_id);
  });

  it('answers mail that hides control characters, and takes nobody for an address who is none', async () => {
    const odd = receivedMail({
      messageId: 'msg_1',
      subject: 'Re: A\u0085B\u2028C',
      from: { email: 'Ann@Bank.example', name: 'A\u0085nn' },
      replyTo: [
        { email: 'root@localhost', name: null },
        { email: 'a@[127.0.0.1]', name: null },
      ],
    });
    await app.given('message-msg_1', odd);
    const nobody = { messageId: 'msg_2', from: { email: 'x y@z', name: null } };
    await app.given('message-msg_2', receivedMail(nobody));
    await app.settled();
    const reply = (to: string) =>
      app.call('acme', 'POST', '/messages/', { reply_to_message_id: to, text_body: 'Yes' });
    const { status, body } = await reply('msg_1');
    expect(status).toBe(201);
    expect(await PostalMime.parse(await raw(body.message_id))).toMatchObject({
      subject: 'Re: A B C',
      to: [{ address: 'Ann@bank.example', name: 'A nn' }],
    });
    expect(await reply('msg_2')).toMatchObject({ status: 400, body: { errors: [{ field: 'to' }] } });
  });

  it('goes to who is named in Reply-To', async () => {
    const replyTo = [{ email: 'desk@bank.example', name: null }];
    await app.given('message-msg_1', receivedMail({ messageId: 'msg_1', replyTo }));
    await app.settled();
    const { body } = await app.call('acme', 'POST', '/messages/', {
      reply_to_message_id: 'msg_1',
      text_body: 'Yes',
    });
    expect((await view(body.message_id))?.to).toEqual(replyTo);
  });

  it('bears the signature of its inbox in each form that it has', async () => {
    await configured('<p>Best,<br>Acme &amp; Co</p>');
    const { body } = await send({ html_body: '<p>Hi</p>' });
    const parsed = await PostalMime.parse(await raw(body.message_id));
    expect(parsed.text?.replaceAll('\r\n', '\n').trimEnd()).toBe('Hi Bob\n\n-- \nBest,\nAcme & Co');
    expect(parsed.html?.trimEnd()).toBe('<p>Hi</p><br>-- <br><p>Best,<br>Acme &amp; Co</p>');
    await configured('Best,\nA < B');
    const plain = await PostalMime.parse(await raw((await send({ html_body: '<p>Hi</p>' })).body.message_id));
    expect(plain.html?.trimEnd()).toBe('<p>Hi</p><br>-- <br>Best,<br>A &lt; B');
  });

  it('takes along what was uploaded for it', async () => {
    const file = { uploadId: 'blb_1', filename: 'résumé.pdf', contentType: 'application/pdf' };
    const stream = (async function* () {
      yield Buffer.from('%PDF');
    })();
    await app.get(Uploads).put(scope, file, stream, 1_000);
    const { status, body } = await send({ attachments: [{ blob_id: 'blb_1' }] });
    expect(status).toBe(201);
    const parsed = await PostalMime.parse(await raw(body.message_id));
    expect(parsed.attachments).toMatchObject([{ filename: 'résumé.pdf', mimeType: 'application/pdf' }]);
    expect((await view(body.message_id))?.attachments).toMatchObject([{ filename: 'résumé.pdf', size: 4 }]);
  });

  it('waits for its time, in the zone of the inbox', async () => {
    await configured('');
    const { body } = await send({ send_at: '2026-01-02T09:00:00' });
    expect(await view(body.message_id)).toMatchObject({
      status: 'queued',
      at: '2026-01-02T08:00:00.000Z',
      sentAt: null,
    });
    const past = await send({ send_at: '2025-01-01T00:00:00Z' });
    expect(await view(past.body.message_id)).toMatchObject({ at: NOW });
  });
});

describe('nothing is sent', () => {
  const address = (email: string) => [{ email }];
  it.each<[string, object, ...string[]]>([
    ['to nobody', { to: undefined }, 'to'],
    [
      'to what is no address',
      { to: address('bob'), cc: address('a b@c.example') },
      'to.0.email',
      'cc.0.email',
    ],
    ['to a list in a list', { to: [[]], cc: [[{ email: 'cc@mail.example' }]] }, 'to', 'cc'],
    ['to what has no address', { to: [{ name: 'Bob' }] }, 'to.0.email'],
    ['with nothing in it', { text_body: undefined }, 'text_body'],
    ['with a subject of two lines', { subject: 'Hi\r\nBcc: eve@mail.example' }, 'subject'],
    ['with a name of two lines', { to: [{ email: 'bob@mail.example', name: 'B\nob' }] }, 'to.0.name'],
    ['to an address of two lines', { to: address('bob@mail.example\r\n') }, 'to.0.email'],
    [
      'to more than a hundred',
      { to: Array(60).fill({ email: 'a@b.example' }), bcc: Array(41).fill({ email: 'a@b.example' }) },
      'to',
    ],
    ['in answer to what is not there', { reply_to_message_id: 'msg_none' }, 'reply_to_message_id'],
    ['with a blob that is not there', { attachments: [{ blob_id: 'blb_none' }] }, 'attachments.0.blob_id'],
    ['by a template that is not there', { template_id: 'tpl_none' }, 'template_id'],
    ['at no time', { send_at: 'whenever' }, 'send_at'],
    ['with what is unknown', { headers: { 'X-Mailer': 'x' } }, 'headers'],
  ])('%s', async (_, over, ...fields) => {
    const refused = await send(over);
    expect(refused).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
    expect(refused.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
    expect(app.store.log.some(({ type }) => type === 'MessageQueued')).toBe(false);
  });

  it.each([
    ['InboxSuspended', { inboxId: 'inb_acme' }, 409, 'inbox-suspended'],
    ['InboxClosing', { inboxId: 'inb_acme', closingAt: NOW, purgeAt: NOW }, 409, 'inbox-closing'],
    [
      'TokenCreated',
      { tokenId: 'tok_acme', requiresApproval: ['email:send'] },
      403,
      'governance-tier-required',
    ],
    [
      'DomainDegraded',
      { domainId: 'dom_acme', domain: 'acme.example', failing: ['DKIM'], sendingReady: false },
      409,
      'domain-not-ready',
    ],
  ])('after %s', async (type, data, status, code) => {
    const stream = { I: 'inbox-inb_acme', T: 'token-tok_acme', D: 'domain-dom_acme' }[type.charAt(0)] ?? '';
    await app.given(stream, { type, data });
    await app.settled();
    expect(await send()).toMatchObject({ status, body: { code } });
    expect((await send({ text_body: '' })).status).toBe(400);
    expect(app.store.log.some((event) => event.type === 'MessageQueued')).toBe(false);
  });

  it('by who may not, or without naming an inbox', async () => {
    expect((await send({}, 'acmeReader')).body.code).toBe('scope-missing');
    expect(await send({}, 'acmeSession')).toMatchObject({ status: 400, body: { code: 'inbox-id-required' } });
    expect((await send({ inbox_id: 'inb_rival' }, 'acmeSession')).status).toBe(404);
    expect((await send({ inbox_id: 'inb_acme' }, 'acmeSession')).status).toBe(201);
    expect(parseMailbox('Bob@Mail.example')?.email).toBe('Bob@mail.example');
  });
});
