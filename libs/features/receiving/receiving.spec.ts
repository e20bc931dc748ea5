import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unavailable } from '#kernel/errors';
import { Config } from '#platform/config/config';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { Codec } from '#platform/event-sourcing/codec';
import { Commands } from '#platform/event-sourcing/commands';
import { Parser } from '#platform/parsing/parser';
import { Listeners } from '#platform/process/listeners';
import { MailHandler } from '#platform/smtp/server/handler';
import { SmtpServerModule } from '#platform/smtp/server/module';
import { contextOf } from '#testing/context';
import { DnsServer } from '#testing/dns-server';
import { InMemoryApp } from '#testing/in-memory-app';
import { mailOf, SigningDomain } from '#testing/signed-mail';
import { SmtpClient } from '#testing/smtp-client';
import { domainEvents } from '../domains/events.js';
import { verifiedDomains } from '../domains/read-model.js';
import { inboxEvents } from '../inboxes/events.js';
import { deliveryEvents, type DeliveryQueued } from '../delivery/events.js';
import { deliveries } from '../delivery/read-model.js';
import { inboxAddresses, inboxes } from '../inboxes/read-model.js';
import { EraseMessage } from '../mailbox/commands.js';
import type { MessageReceived } from '../mailbox/events.js';
import { MailboxModule } from '../mailbox/module.js';
import { ReceivingModule } from './module.js';

const elsewhere = EventSourcingModule.forFeature({
  catalogs: [domainEvents, inboxEvents, deliveryEvents],
  projections: [verifiedDomains, inboxAddresses, inboxes, deliveries],
});
const features = [ReceivingModule, MailboxModule, elsewhere, SmtpServerModule];
const inboxB = { scope: { tenantId: 'ten_acme', inboxId: 'inb_b' }, inboxId: 'inb_b' };
const peer = new SigningDomain('peer.test');
const DELIVERY = 'dlv_01J8ZQ6Q6Q6Q6Q6Q6Q6Q6Q6Q6Q';

let [app, dns, dataDir]: [InMemoryApp, DnsServer, string] = [] as never;
beforeAll(async () => {
  dns = await DnsServer.start(peer.zone());
  dataDir = mkdtempSync(join(tmpdir(), 'gent-receiving-'));
  const config = { dnsServers: [dns.address], dataDir, mailHostname: 'mx.gent.test' };
  app = await InMemoryApp.start({ features, config, ports: [{ provide: Listeners, useClass: Listeners }] });
  const domain = (name: string, tenantId: string) =>
    app.given(
      `domain-${name}`,
      { type: 'DomainVerified', data: { domainId: `dom_${name}`, domain: name } },
      { tenantId },
    );
  const inbox = (type: string, inboxId: string, address: string, tenantId = 'ten_acme') =>
    app.given(`inbox-${inboxId}`, { type, data: { inboxId, address } }, { tenantId, inboxId });
  await domain('gent.test', 'ten_acme');
  await domain('named.test', 'ten_acme');
  await domain('xn--bcher-kva.test', 'ten_acme');
  await inbox('InboxCreated', 'inb_gone', 'gone@gent.test');
  await inbox('InboxCreated', 'inb_b', 'b@gent.test');
  await inbox('InboxCreated', 'inb_c', 'c@gent.test');
  await inbox('InboxCreated', 'inb_idn', 'b@xn--bcher-kva.test');
  await inbox('InboxCreated', 'inb_postmaster', 'postmaster@named.test');
  await inbox('InboxCreated', 'inb_early', 'early@unverified.test');
  await inbox('InboxCreated', 'inb_other', 'squatter@gent.test', 'ten_other');
  await inbox('InboxClosing', 'inb_gone', 'gone@gent.test');
  const data = { deliveryId: DELIVERY, inboxId: 'inb_c', count: 1 } as DeliveryQueued['data'];
  await app.given(
    `delivery-${DELIVERY}`,
    { type: 'DeliveryQueued', data },
    { tenantId: 'ten_acme', inboxId: 'inb_c' },
  );
  await app.settled();
  await app.get(Listeners).open();
});
afterAll(async () => {
  await app.get(Listeners).drain(AbortSignal.abort());
  await app.stop();
  await dns.stop();
  rmSync(dataDir, { recursive: true });
});

const connect = () => SmtpClient.ready(app.get(Listeners).addressOf('smtp')?.port ?? 0);
/** What the log begins with for each inbox's copy of a mail. */
const received = async (id: string) => {
  const { events } = await app.store.readAll({ filter: { categories: ['message'] } });
  const first = events.filter(({ revision }) => revision === 0n);
  const decoded = await Promise.all(first.map((event) => app.get(Codec).decode(event, { reveal: true })));
  return decoded
    .map(({ stream, type, data, metadata }) => {
      const { envelope, ...rest } = data as MessageReceived['data'];
      return { stream, type, metadata, data: { ...rest, ...envelope } };
    })
    .filter(({ data }) => data.rfcMessageId === `<${id}@peer.test>`);
};

describe('recipients', () => {
  it.each([
    ['b@gent.test', '250 2.1.5'],
    ['B@GENT.Test', '250 2.1.5'],
    ['b+anything@gent.test', '250 2.1.5'],
    ['b@bücher.test', '250 2.1.5'],
    ['b@xn--bcher-kva.test', '250 2.1.5'],
    ['nobody@gent.test', '550 5.1.1'],
    ['gone@gent.test', '550 5.2.1'],
    ['Postmaster', '250 2.1.5'],
    ['postmaster@gent.test', '250 2.1.5'],
    ['postmaster@elsewhere.test', '550 5.7.1'],
    [`bounce+${DELIVERY}@gent.test`, '250 2.1.5'],
    [`BOUNCE+${DELIVERY.toUpperCase()}@gent.test`, '250 2.1.5'],
    [`bounce+${DELIVERY.replace('01J', '02J')}@gent.test`, '550 5.1.1'],
    ['+b@gent.test', '550 5.1.1'],
    ['squatter@gent.test', '550 5.1.1'],
    ['early@unverified.test', '550 5.7.1'],
    ['b@elsewhere.test', '550 5.7.1'],
    ['b@[127.0.0.1]', '550 5.7.1'],
  ])('%s: %s', async (address, answer) => {
    const client = await connect();
    await client.say('MAIL FROM:<> SMTPUTF8');
    expect(await client.say(`RCPT TO:<${address}>`)).toMatch(answer);
  });
});

describe('a message', () => {
  it.each([
    ['small', 0],
    ['large', 70_000],
  ])('that is %s names nobody in the log in clear', async (size, length) => {
    const client = await connect();
    const mail = `${mailOf(`clear-${size}`)}${'a line of text\r\n'.repeat(length / 16)}`;
    await client.deliver(`dora.${size}@peer.test`, 'b@gent.test', mail);
    await app.settled();
    const { events } = await app.store.readAll({ filter: { categories: ['message'] } });
    const log = JSON.stringify(events.map(({ data, metadata }) => [data, metadata]));
    expect((await received(`clear-${size}`))[0]?.data.authentication?.results).toMatch(`dora.${size}`);
    expect(log).not.toMatch(`dora.${size}`);
  });

  it('is checked, and kept byte for byte before the sender hears 250', async () => {
    const client = await connect();
    const mail = `${await peer.sign(mailOf('m1'))}a bare\nline and\rreturn\0\r\n`;
    const answer = await client.deliver('a@peer.test', 'B+tag@gent.test', mail);
    const [copy, ...more] = await received('m1');
    expect(more).toEqual([]);
    expect(answer).toBe(`250 2.0.0 Ok: queued as ${copy?.data.messageId}`);
    expect(copy?.data).toMatchObject({
      inboxId: 'inb_b',
      size: mail.length,
      mailFrom: 'a@peer.test',
      recipient: 'B+tag@gent.test',
      remoteIp: '127.0.0.1',
      helo: 'client.test',
      protocol: 'ESMTP',
      rfcMessageId: '<m1@peer.test>',
      authentication: { spf: 'pass', dkim: 'fail', dmarc: 'pass', arc: 'none', dmarcPolicy: 'reject' },
    });
    expect(copy?.metadata).toMatchObject({
      tenantId: 'ten_acme',
      inboxId: 'inb_b',
      actor: { type: 'external' },
    });
    expect(String(await app.vault.blobs.read(copy?.data.blobId ?? ''))).toBe(mail);
    await client.deliver('a@peer.test', 'b@gent.test', await peer.sign(mailOf('m1a')));
    const [intact] = await received('m1a');
    expect(intact?.data.authentication).toMatchObject({ spf: 'pass', dkim: 'pass', dmarc: 'pass' });
  });

  const typesOf = async (stream = '') => (await app.store.read(stream)).map(({ type }) => type);

  it('that is small was taken apart before the sender hears 250, and is one event', async () => {
    await (await connect()).deliver('a@peer.test', 'b@gent.test', mailOf('small'));
    const [copy] = await received('small');
    expect(copy).toMatchObject({ type: 'MessageReceived', data: { subject: 'Mail small', unparsed: null } });
    await app.settled();
    expect(await typesOf(copy?.stream)).toEqual(['MessageReceived']);
  });

  it('that the parsers have no time for is accepted all the same, and parsed later', async () => {
    const parser = app.get(Parser);
    const parse = parser.parse.bind(parser);
    parser.parse = () => Promise.reject(unavailable('parser-busy', 'Too many messages wait to be parsed'));
    expect(await (await connect()).deliver('a@peer.test', 'b@gent.test', mailOf('busy'))).toMatch(/^250 /);
    const [copy] = await received('busy');
    expect(copy?.type).toBe('MessageAccepted');
    parser.parse = parse;
    await app.settled();
    expect(await typesOf(copy?.stream)).toEqual(['MessageAccepted', 'MessageReceived']);
  });

  it.each([
    ['small', 'again', 'Hello\r\n'],
    ['large', 'again-large', `${'Hello '.repeat(20_000)}\r\n`],
  ])('that is %s, erased for good and delivered again brings nothing back', async (_, id, body) => {
    const deliver = async () => {
      const mail = mailOf(id, body);
      expect(await (await connect()).deliver('a@peer.test', 'b@gent.test', mail)).toMatch(/^250 /);
      await app.settled();
    };
    await deliver();
    const [copy] = await received(id);
    const { messageId = '', blobId = '' } = copy?.data ?? {};
    const { scope } = inboxB;
    await app.get(Commands).execute(new EraseMessage({ messageId }), contextOf(scope, 'erase'));
    await app.settled();
    const before = await typesOf(copy?.stream);
    await deliver();
    expect(await typesOf(copy?.stream)).toEqual(before);
    expect(await app.vault.blobs.read(blobId)).toBeNull();
  });

  it('that is delivered again, at once or later, is the same', async () => {
    const clients = await Promise.all([connect(), connect(), connect()]);
    const deliver = (client: SmtpClient) => client.deliver('a@peer.test', 'b@gent.test', mailOf('m2'));
    const answers = new Set(await Promise.all(clients.map(deliver)));
    answers.add(await deliver(await connect()));
    expect(answers.size).toBe(1);
    expect(await received('m2')).toHaveLength(1);
  });

  it('is one for each inbox, however many of its addresses are named', async () => {
    const client = await connect();
    const recipients = ['b', 'b+1', 'postmaster', 'c', 'nobody'].map(
      (local) => `RCPT TO:<${local}@gent.test>`,
    );
    await client.pipeline('MAIL FROM:<>', ...recipients, 'DATA');
    expect(await client.say(`${mailOf('m3')}.`)).toMatch(/^250 /);
    const found = (await received('m3')).map(({ data: { inboxId, recipient } }) => `${inboxId} ${recipient}`);
    expect(found.sort()).toEqual(['inb_b b@gent.test', 'inb_c c@gent.test']);
  });

  it('that comes back to a return path is for the inbox whose mail it was', async () => {
    const client = await connect();
    await client.pipeline('MAIL FROM:<>', `RCPT TO:<bounce+${DELIVERY}@gent.test>`, 'DATA');
    expect(await client.say(`${mailOf('back')}.`)).toMatch(/^250 /);
    const [first] = await received('back');
    expect(first?.data).toMatchObject({ inboxId: 'inb_c', recipient: `bounce+${DELIVERY}@gent.test` });
  });

  it('of which one copy cannot be kept is put off as a whole, and complete after the next attempt', async () => {
    const client = await connect();
    const { blobs } = app.vault;
    const put = blobs.put.bind(blobs);
    blobs.put = (owner, ...rest) =>
      owner.scope.inboxId === 'inb_c' ? Promise.reject(new Error('Down')) : put(owner, ...rest);
    const deliver = async () => {
      await client.pipeline('MAIL FROM:<>', 'RCPT TO:<b@gent.test>', 'RCPT TO:<c@gent.test>', 'DATA');
      return client.say(`${mailOf('m4')}.`);
    };
    expect(await deliver()).toMatch(/^451 4\.3\.0/);
    blobs.put = put;
    expect(await deliver()).toMatch(/^250 /);
    expect((await received('m4')).map(({ data }) => data.inboxId).sort()).toEqual(['inb_b', 'inb_c']);
  });

  it('is 452 where the disk is full', async () => {
    const { blobs } = app.vault;
    const put = blobs.put.bind(blobs);
    blobs.put = () => Promise.reject(Object.assign(new Error('Full'), { code: 'ENOSPC' }));
    expect(await (await connect()).deliver('a@peer.test', 'b@gent.test', mailOf('m5'))).toMatch(
      /^452 4\.3\.1/,
    );

    // The kernel says of /proc that it has no room at all.
    const config = app.get(Config) as { dataDir: string };
    blobs.put = () => {
      config.dataDir = '/proc';
      return Promise.reject(unavailable('store-unavailable', 'Full'));
    };
    expect(await (await connect()).deliver('a@peer.test', 'b@gent.test', mailOf('m5'))).toMatch(
      process.platform === 'linux' ? /^452 4\.3\.1/ : /^45/,
    );
    config.dataDir = dataDir;
    blobs.put = put;
  });

  it('is 451 while the stores lag', async () => {
    const { blobs } = app.vault;
    const put = blobs.put.bind(blobs);
    const release = Promise.withResolvers<void>();
    let waiting = 0;
    blobs.put = async (...given) => {
      waiting += 1;
      await release.promise;
      return put(...given);
    };
    const handler = app.get(MailHandler);
    const recipients = [
      { address: { text: 'b@gent.test', local: 'b', domain: 'gent.test' }, target: inboxB },
    ];
    const client = { remoteIp: '127.0.0.1', helo: 'x', protocol: 'ESMTP' } as const;
    const envelope = { client, sender: null, size: null, recipients };
    const under = Array.from({ length: 200 }, (_, at) =>
      handler.message(envelope, Readable.from([Buffer.from(mailOf(`lag${at}`))])),
    );
    while (waiting < 200) await setImmediate();
    const smtp = await connect();
    expect(await smtp.say('MAIL FROM:<a@peer.test>')).toMatch(/^451 4\.3\.0/);
    release.resolve();
    expect((await Promise.all(under)).every(({ code }) => code === 250)).toBe(true);
    blobs.put = put;
    expect(await smtp.say('MAIL FROM:<a@peer.test>')).toMatch(/^250 /);
  });

  it('is not lost when DNS fails or says nothing', async () => {
    const other = new SigningDomain('other.test');
    dns.faults['other.test'] = 'servfail';
    dns.faults['s1._domainkey.other.test'] = 'servfail';
    const answer = await (
      await connect()
    ).deliver('a@other.test', 'b@gent.test', await other.sign(mailOf('m6')));
    expect(answer).toMatch(/^250 /);
    const [first] = await received('m6');
    expect(first?.data.authentication).toMatchObject({ spf: 'temperror', dkim: 'temperror' });
  });

  it('of 6 MiB is taken through a file that nobody else can read, and then gone', async () => {
    const client = await connect();
    const line = `${'s3cret '.repeat(10)}\r\n`;
    const mail = mailOf('m7', line.repeat(Math.floor((6 * 1024 * 1024) / line.length)));
    expect(await client.deliver('a@peer.test', 'b@gent.test', mail)).toMatch(/^250 /);
    const [first] = await received('m7');
    expect(first).toMatchObject({ type: 'MessageAccepted', data: { size: mail.length } });
    expect((await app.vault.blobs.read(first?.data.blobId ?? ''))?.equals(Buffer.from(mail))).toBe(true);
    expect(readdirSync(join(dataDir, 'spool'))).toEqual([]);
    expect(statSync(join(dataDir, 'smtp.key')).mode & 0o777).toBe(0o600);
  });
});
