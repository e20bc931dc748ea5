import type { MessageAccepted, MessageQueued, MessageReceived } from '#features/mailbox/events';
import { NOW } from './context.js';

const person = (name: string) => ({ email: `${name}@mail.example`, name });

/** A message that came in, parsed; each spec says what matters to it. */
export const receivedMail = (over: Partial<MessageReceived['data']> = {}): MessageReceived => ({
  type: 'MessageReceived',
  data: {
    messageId: 'msg_1',
    inboxId: 'inb_acme',
    threadId: 'thr_1',
    blobId: 'blb_raw',
    contentId: 'blb_content',
    size: 1_000,
    from: person('ann'),
    to: [person('agent')],
    cc: [],
    replyTo: [],
    subject: 'Hello',
    snippet: 'How are you?',
    attachments: [],
    folder: 'inbox',
    rfcMessageId: '<1@mail.example>',
    inReplyTo: null,
    references: [],
    receivedAt: NOW,
    envelope: null,
    authentication: null,
    unparsed: null,
    automatic: false,
    report: null,
    hops: 1,
    local: false,
    ...over,
  },
});

/** A message that we are to send. */
export const queuedMail = (over: Partial<MessageQueued['data']> = {}): MessageQueued => ({
  type: 'MessageQueued',
  data: {
    messageId: 'msg_2',
    inboxId: 'inb_acme',
    threadId: 'thr_1',
    blobId: 'blb_raw2',
    contentId: 'blb_content2',
    size: 1_000,
    from: person('agent'),
    to: [person('ann')],
    cc: [],
    bcc: [],
    replyTo: [],
    subject: 'Re: Hello',
    snippet: 'Fine, thanks.',
    attachments: [],
    rfcMessageId: '<2@acme.example>',
    inReplyTo: '<1@mail.example>',
    references: ['<1@mail.example>'],
    gate: { verdict: 'send', rules: [], facts: {} },
    queuedAt: NOW,
    sendAt: null,
    ...over,
  },
});

/** A message that the peer heard a 250 for. */
export const acceptedMail = (over: Partial<MessageAccepted['data']> = {}): MessageAccepted => ({
  type: 'MessageAccepted',
  data: {
    messageId: 'msg_1',
    inboxId: 'inb_acme',
    blobId: 'blb_raw',
    size: 1_000,
    mailFrom: 'ann@mail.example',
    recipient: 'agent@acme.example',
    remoteIp: '192.0.2.1',
    helo: 'mx.mail.example',
    protocol: 'ESMTPS',
    authentication: null,
    rfcMessageId: '<1@mail.example>',
    receivedAt: NOW,
    ...over,
  },
});
