import { expect } from '@jest/globals';
import { deliveryEvents } from '#features/delivery/events';
import { inboxEvents } from '#features/inboxes/events';
import { inboxes } from '#features/inboxes/read-model';
import type { MessageReceived } from '#features/mailbox/events';
import { MailboxModule } from '#features/mailbox/module';
import type { Content } from '#features/mailbox/received';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { InMemoryApp } from './in-memory-app.js';
import { receivedMail } from './mail.js';

const MESSAGES = '/messages/';
const elsewhere = { catalogs: [inboxEvents, deliveryEvents], projections: [inboxes] };
const features = [MailboxModule, EventSourcingModule.forFeature(elsewhere)];
const scope = { tenantId: 'ten_acme', inboxId: 'inb_acme' };

/** For the specs of a file: a mailbox behind the API; each says itself when it starts and stops. */
export const mailboxSite = () => {
  const site = {} as { app: InMemoryApp };

  const start = async () => {
    site.app = await InMemoryApp.start({ features });
  };
  const stop = () => site.app.stop();

  const given = async (over: Partial<MessageReceived['data']> = {}) => {
    const mail = receivedMail(over);
    await site.app.given(`message-${mail.data.messageId}`, mail);
  };
  const stored = async (content: string, subject = 'msg_1') =>
    (await site.app.vault.blobs.put({ scope, subject }, Buffer.from(content))).blobId;
  const contentOf = (content: Partial<Content>) =>
    stored(JSON.stringify({ text: null, html: null, extractedText: null, ...content }));
  const get = (path: string, caller = 'acme') => site.app.call(caller, 'GET', path);
  const ids = async (query: string, caller = 'acme'): Promise<string[]> => {
    await site.app.settled();
    const { status, body } = await get(`${MESSAGES}?${query}`, caller);
    expect([query, status]).toEqual([query, 200]);
    return body.results.map((each: { message_id: string }) => each.message_id);
  };
  const hour = (at: number) => `2026-01-01T0${at}:00:00.000Z`;
  const bob = { email: 'bob@other.example', name: 'Bob' };

  const inZone = async (defaultTimezone: string) => {
    const inboxId = 'inb_acme';
    const address = { address: 'agent@acme.example', domain: 'acme.example' };
    const data = { inboxId, ...address, displayName: null, ownerUserId: 'usr_acme' };
    await site.app.given('inbox-inb_acme', { type: 'InboxCreated', data });
    const config = { defaultTimezone, missedReplyThresholdDays: null, signature: null };
    const more = { labelInferenceThreshold: null, collaborationEnabled: false, webhook: null };
    await site.app.given('inbox-inb_acme', {
      type: 'InboxConfigChanged',
      data: { inboxId, ...config, ...more },
    });
  };

  return { site, MESSAGES, start, stop, given, stored, contentOf, get, ids, hour, bob, inZone };
};
