import { setTimeout } from 'node:timers/promises';
import { afterEach } from '@jest/globals';
import { DeliveryModule } from '#features/delivery/module';
import { DomainsModule } from '#features/domains/module';
import { InboxesModule } from '#features/inboxes/module';
import { QueueMessage } from '#features/mailbox/commands';
import { MailboxModule } from '#features/mailbox/module';
import { messages } from '#features/mailbox/read-model';
import { SuppressionsModule } from '#features/suppressions/module';
import type { Context } from '#kernel/context';
import { Clock } from '#platform/clock/clock';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { contextOf } from './context.js';
import { DnsServer } from './dns-server.js';
import { InMemoryApp } from './in-memory-app.js';
import { MailHost, type MailHostOptions } from './mail-host.js';
import { SteppedClock } from './stepped-clock.js';

const content = Buffer.from('Subject: Hi\r\n\r\nHello\r\n');
const scope = { tenantId: 'ten_acme', inboxId: 'inb_acme' };

/** For the specs of a file: a company that sends mail, its DNS and the host that takes it, each time anew. */
export const deliverySite = () => {
  const site = {} as { dns: DnsServer; host: MailHost; clock: SteppedClock; app: InMemoryApp };

  const start = async (options: MailHostOptions = {}, config: object = {}) => {
    site.dns = await DnsServer.start({
      'mail.example': { MX: [{ priority: 10, exchange: 'mx.mail.example' }] },
      'mx.mail.example': { A: ['127.0.0.1'] },
      'none.example': { MX: [{ priority: 0, exchange: '.' }] },
    });
    site.host = await MailHost.start(options);
    site.clock = new SteppedClock();
    site.app = await InMemoryApp.start({
      features: [DomainsModule, InboxesModule, MailboxModule, DeliveryModule, SuppressionsModule],
      config: { outbound: 'direct', smtpOutPort: site.host.port, dnsServers: [site.dns.address], ...config },
      ports: [{ provide: Clock, useValue: site.clock }],
    });
    await given('acme', 'acme.example');
  };

  /** A tenant with one inbox on one domain. */
  const given = async (name: string, domain: string) => {
    const owner = { tenantId: `ten_${name}` };
    const inboxId = `inb_${name}`;
    const claim = { domainId: `dom_${name}`, domain };
    const added = {
      domainUse: 'existing_domain',
      dmarcPolicy: 'none',
      dkimPublicKey: '',
      ownershipToken: '',
    };
    await site.app.given(`domain-dom_${name}`, { type: 'DomainAdded', data: { ...claim, ...added } }, owner);
    await site.app.given(`domain-dom_${name}`, { type: 'DomainVerified', data: claim }, owner);
    const inbox = { inboxId, address: `agent@${domain}`, domain, displayName: null, ownerUserId: 'usr_1' };
    await site.app.given(`inbox-${inboxId}`, { type: 'InboxCreated', data: inbox }, { ...owner, inboxId });
    await site.app.settled();
  };

  let sent = 0;
  const send = async (to: readonly string[], over: object = {}, context: Partial<Context> = {}) => {
    const messageId = `msg_${'0'.repeat(25)}${(sent = (sent + 1) % 10)}`;
    const { blobId, size } = await site.app.vault.blobs.put({ scope, subject: messageId }, content);
    const person = (email: string) => ({ email, name: null });
    const queue = new QueueMessage({
      ...{ messageId, inboxId: 'inb_acme', threadId: 'thr_1', blobId, size, contentId: 'blb_none' },
      ...{ from: person('agent@acme.example'), to: to.map(person), cc: [], bcc: [], replyTo: [] },
      ...{ subject: 'Hi', snippet: 'Hello', attachments: [], inReplyTo: null, references: [] },
      ...{ rfcMessageId: `<${messageId}@acme.example>`, queuedAt: site.clock.now(), sendAt: null },
      gate: { verdict: 'send', rules: [], facts: {} },
      ...over,
    } as unknown as QueueMessage['data']);
    await site.app.get(Commands).execute(queue, contextOf({ now: site.clock.now(), ...context }, messageId));
    return messageId;
  };

  const view = async (messageId: string) => {
    const found = await site.app.get(Views).for(scope).get(messages, messageId);
    const recipients = Object.values(found?.deliveries ?? {}).flatMap((delivery) => delivery.recipients);
    return { status: found?.status, recipients };
  };
  const until = async (what: () => unknown) => {
    for (let waited = 0; waited < 5_000; waited += 10) {
      await site.app.settled();
      if (await what()) return;
      await setTimeout(10);
    }
    throw new Error('It did not come to that');
  };
  const reaches = (messageId: string, status: string) =>
    until(async () => (await view(messageId)).status === status);

  afterEach(async () => {
    await site.app.stop();
    await site.host.stop();
    await site.dns.stop();
  });

  return { site, scope, content, start, given, send, view, until, reaches };
};
