import { describe, expect, it } from '@jest/globals';
import { NOW } from '#testing/context';
import { acceptedMail, queuedMail, receivedMail } from '#testing/mail';
import { recorded } from '#testing/recorded';
import { specify, specifyProjection, specifySaga } from '#testing/specify';
import { project } from '#kernel/projection';
import type { AttemptFinished, DeliveryEvent, Outcome } from '../delivery/events.js';
import {
  AcceptMessage,
  ChangeMessage,
  DeleteMessage,
  EraseMessage,
  FindThread,
  FollowThread,
  QueueMessage,
  RecordReceived,
  RethreadMessage,
  threadIdOf,
} from './commands.js';
import { message } from './decider.js';
import type { MessageAccepted, MessageEvent } from './events.js';
import { messages, threads, type MessageView } from './read-model.js';
import { keepThreadsTogether, parseAcceptedMail } from './sagas.js';

const messageId = 'msg_1';
const accepted = acceptedMail();
const received = receivedMail();
const queued = queuedMail();

describe('a message', () => {
  const { given } = specify(message);
  const read = new ChangeMessage({ messageId, isRead: true });
  const remove = new DeleteMessage({ messageId });
  const trashed: MessageEvent = {
    type: 'MessageMoved',
    data: { messageId, threadId: 'thr_1', folder: 'trash', from: 'inbox' },
  };
  const blobIds = ['blb_raw', 'blb_content'];
  const gone = (folder: 'inbox' | 'trash'): MessageEvent => ({
    type: 'MessageErased',
    data: { messageId, inboxId: 'inb_acme', placed: { threadId: 'thr_1', folder, isRead: false }, blobIds },
  });

  it('is accepted, recorded and queued once', () => {
    given().when(new AcceptMessage(accepted.data)).then(accepted);
    given(accepted).when(new AcceptMessage(accepted.data)).thenNothing();
    given(accepted).when(new RecordReceived(received.data)).then(received);
    given(accepted, received).when(new RecordReceived(received.data)).thenNothing();
    given().when(new RecordReceived(received.data)).then(received);
    given(received).when(new RecordReceived(received.data)).thenNothing();
    given()
      .when(new QueueMessage(queued.data as QueueMessage['data']))
      .then(queued);
    given(queued)
      .when(new QueueMessage(queued.data as QueueMessage['data']))
      .thenNothing();
  });

  it('is there for nobody before it is parsed', () => {
    given(accepted).when(read).thenRefused('not-found');
    given(accepted).when(remove).thenRefused('not-found');
  });

  it('says what it was before it changed', () => {
    const flagged = { messageId, threadId: 'thr_1', isRead: true, isFlagged: false, wasRead: false };
    given(received).when(read).then({ type: 'MessageFlagged', data: flagged });
    given(received, { type: 'MessageFlagged', data: flagged }).when(read).thenNothing();
    given(received)
      .when(new ChangeMessage({ messageId, folder: 'trash' }))
      .then(trashed);
  });

  it('goes to the trash, and from there for good', () => {
    given(received).when(remove).then(trashed);
    given(received, trashed).when(remove).then(gone('trash'));
    given(received, trashed, gone('trash')).when(remove).thenRefused('not-found');
    given(received).when(new EraseMessage({ messageId })).then(gone('inbox'));
    given(received, gone('inbox')).when(new EraseMessage({ messageId })).thenNothing();
    given(received, gone('inbox')).when(new AcceptMessage(accepted.data)).thenNothing();
  });

  it('takes along to another thread what is shown of it there', () => {
    const move = new RethreadMessage({ messageId, threadId: 'thr_9' });
    const { from, to, subject, snippet, folder } = received.data;
    const people = [from, ...to].filter((each) => each !== null);
    const data = { messageId, threadId: 'thr_9', from: 'thr_1', folder, isRead: false, at: NOW };
    const moved: MessageEvent = { type: 'MessageRethreaded', data: { ...data, subject, snippet, people } };
    given(received).when(move).then(moved);
    given(received, moved).when(move).thenNothing();
  });
});

describe('a thread', () => {
  const own = '<own@mail.example>';

  it('is named by its first message, however it is told', () => {
    const root = threadIdOf('inb_acme', { references: [], inReplyTo: null, rfcMessageId: own });
    expect(root).toMatch(/^thr_[0-9A-HJKMNP-TV-Z]{26}$/);
    for (const reply of [
      { references: [own, '<2@x>'], inReplyTo: '<2@x>', rfcMessageId: '<3@x>' },
      { references: [], inReplyTo: own, rfcMessageId: '<4@x>' },
    ])
      expect(threadIdOf('inb_acme', reply)).toBe(root);
    expect(threadIdOf('inb_other', { references: [], inReplyTo: null, rfcMessageId: own })).not.toBe(root);
  });

  const { given } = specifyProjection(threads);
  const ann = { email: 'ann@mail.example', name: 'ann' };
  const agent = { email: 'agent@mail.example', name: 'agent' };
  const entry = { messageId, at: NOW, subject: 'Hello', snippet: 'How are you?', people: [ann, agent] };
  const one = {
    threadId: 'thr_1',
    inboxId: 'inb_acme',
    subject: 'Hello',
    subjectKey: 'hello',
    participants: [ann, agent],
    messageCount: 1,
    unreadCount: 1,
    startedAt: NOW,
    lastMessageAt: NOW,
    snippet: 'How are you?',
    labelIds: [],
    folder: 'inbox',
    listed: true,
    mergedInto: null,
    folders: { inbox: 1, sent: 0, archive: 0, trash: 0, spam: 0 },
    root: entry,
    latest: [entry],
  } as const;

  it('shows its messages, and nothing of one that is gone', () => {
    given(received).then(one);
    const placed = { threadId: 'thr_1', folder: 'inbox', isRead: false } as const;
    const data = { messageId, inboxId: 'inb_acme', placed, blobIds: [] };
    given(received, { type: 'MessageErased', data }).then(null);
    const answer = { messageId: 'msg_2', at: NOW, subject: 'Re: Hello', snippet: 'Fine, thanks.' };
    const left = { ...answer, people: [agent, ann] };
    given(received, queued, { type: 'MessageErased', data }).then({
      ...one,
      subject: 'Re: Hello',
      snippet: 'Fine, thanks.',
      participants: [agent, ann],
      unreadCount: 0,
      folder: 'sent',
      folders: { ...one.folders, inbox: 0, sent: 1 },
      root: left,
      latest: [left],
    });
  });

  it('of hundreds of messages stays small', () => {
    let thread = null;
    for (let index = 0; index < 500; index += 1) {
      const from = { email: `${index}@mail.example`, name: null };
      const mail = receivedMail({ messageId: `msg_${index}`, from });
      thread = project(threads, thread, recorded(mail, BigInt(index)), 'thr_1');
    }
    expect(thread).toMatchObject({ messageCount: 500, unreadCount: 500 });
    expect(JSON.stringify(thread).length).toBeLessThan(16_000);
  });
});

describe('a message that we sent', () => {
  const delivery = { deliveryId: 'dlv_1', messageId: 'msg_2' };
  const toTwo: DeliveryEvent = {
    type: 'DeliveryQueued',
    data: {
      ...delivery,
      inboxId: 'inb_acme',
      destination: 'mail.example',
      recipients: ['a@mail.example', 'b@mail.example'],
      count: 2,
      rfcMessageId: '<msg_2@acme.example>',
      mailFrom: '',
      blobId: 'blb_raw2',
      size: 1,
      notBefore: NOW,
      expiresAt: NOW,
    },
  };
  const toUs: DeliveryEvent = {
    type: 'DeliveryQueued',
    data: {
      ...toTwo.data,
      deliveryId: 'dlv_2',
      destination: 'local',
      recipients: ['c@acme.example'],
      count: 1,
    },
  };
  const started = (deliveryId: string): DeliveryEvent => ({
    type: 'AttemptStarted',
    data: { deliveryId, messageId: 'msg_2', attempt: 1, deadline: NOW, runner: '' },
  });
  const finished = (deliveryId: string, ...outcomes: readonly Outcome[]): AttemptFinished => ({
    type: 'AttemptFinished',
    data: {
      deliveryId,
      messageId: 'msg_2',
      attempt: 1,
      outcomes: outcomes.map((outcome, recipient) => ({ recipient, outcome, status: null, reason: null })),
      replies: outcomes.map((outcome) => `because ${outcome}`),
      peer: null,
      tls: null,
      nextAttemptAt: NOW,
    },
  });
  const after = (...events: readonly (MessageEvent | DeliveryEvent)[]): MessageView | null => {
    let document: MessageView | null = null;
    for (const event of [queued, ...events] as (Exclude<MessageEvent, MessageAccepted> | DeliveryEvent)[])
      document = project(messages, document, recorded(event), 'msg_2');
    return document;
  };
  const both = [toTwo, toUs];

  it.each([
    ['queued', []],
    ['queued', both],
    ['queued', [...both, started('dlv_1')]],
    ['sending', [...both, started('dlv_1'), started('dlv_2')]],
    ['sending', [...both, started('dlv_1'), finished('dlv_1', 'deferred', 'bounced'), started('dlv_2')]],
    ['deferred', [toTwo, started('dlv_1'), finished('dlv_1', 'deferred', 'bounced')]],
    ['bounced', [toTwo, started('dlv_1'), finished('dlv_1', 'bounced', 'bounced')]],
    ['sent', [toTwo, started('dlv_1'), finished('dlv_1', 'delivered', 'bounced')]],
    ['delivered', [toUs, started('dlv_2'), finished('dlv_2', 'delivered')]],
    ['held', [toTwo, { type: 'DeliveryHeld', data: { ...delivery, reason: 'operator' } }]],
  ] satisfies [string, DeliveryEvent[]][])('is %s', (status, events) => {
    expect(after(...events)?.status).toBe(status);
  });

  it('says of each recipient what became of him', () => {
    const recipients = after(...both, started('dlv_1'), finished('dlv_1', 'deferred', 'bounced'))?.deliveries;
    expect(recipients).toMatchObject({
      dlv_1: {
        recipients: [
          { status: 'deferred', attempts: 1, lastReply: 'because deferred', nextAttemptAt: NOW },
          { status: 'bounced', attempts: 1, lastReply: 'because bounced', nextAttemptAt: null },
        ],
      },
      dlv_2: { recipients: [{ email: 'c@acme.example', status: 'queued', attempts: 0, lastReply: null }] },
    });
  });

  it('can bounce after the peer had taken it', () => {
    const report = {
      ...delivery,
      recipient: 0,
      status: '5.1.1',
      reason: 'user-unknown',
      hard: true,
      reply: '550',
    };
    const bounced: DeliveryEvent = { type: 'RecipientReported', data: { ...report, kind: 'bounce' } };
    const confirmed: DeliveryEvent = {
      type: 'RecipientReported',
      data: { ...report, recipient: 1, kind: 'delivered' },
    };
    const sent = [toTwo, started('dlv_1'), finished('dlv_1', 'delivered', 'delivered')];
    expect(after(...sent, bounced)?.status).toBe('sent');
    expect(after(...sent, confirmed)?.status).toBe('sent');
    expect(
      after(...sent, confirmed, { ...confirmed, data: { ...confirmed.data, recipient: 0 } })?.status,
    ).toBe('delivered');

    const replies = (event: DeliveryEvent) =>
      after(...sent, event)?.deliveries['dlv_1']?.recipients.map(({ lastReply }) => lastReply);
    expect(replies(confirmed)).toEqual(['because delivered', '550']);
    const silent: DeliveryEvent = { ...confirmed, data: { ...confirmed.data, reply: null } };
    expect(replies(silent)).toEqual(['because delivered', 'because delivered']);
  });
});

describe('what mail sets off', () => {
  it('is parsing, unless it was erased meanwhile', () => {
    specifySaga(parseAcceptedMail)
      .whenever({ ...accepted, erased: true })
      .thenNothing();
  });

  it.each([
    ['nothing', receivedMail(), []],
    ['nothing', receivedMail({ subject: 'Re:  ' }), []],
    [
      'a search for its thread',
      receivedMail({ subject: 'AW: Hello' }),
      [
        new FindThread({
          messageId,
          inboxId: 'inb_acme',
          threadId: 'thr_1',
          sender: 'ann@mail.example',
          subject: 'AW: Hello',
        }),
      ],
    ],
    [
      'only a look where its thread went',
      receivedMail({ subject: 'Re: Hello', inReplyTo: '<0@x>' }),
      [new FollowThread({ messageId, threadId: 'thr_1' })],
    ],
  ])('is %s', (_, mail, commands) => {
    specifySaga(keepThreadsTogether)
      .whenever(mail)
      .then(...commands);
  });
});
