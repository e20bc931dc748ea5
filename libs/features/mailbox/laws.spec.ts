import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, fold } from '#kernel/decider';
import { isDomainError } from '#kernel/errors';
import type { AnyCommand, Event } from '#kernel/messages';
import { acceptedMail, queuedMail, receivedMail } from '#testing/mail';
import { obeysProjectionLaws, type Happened } from '#testing/projection-laws';
import { obeysRedeliveryLaw } from '#testing/redelivery-law';
import { deliveryEvents, type DeliveryEvent } from '../delivery/events.js';
import {
  AcceptMessage,
  ChangeMessage,
  DeleteMessage,
  EraseMessage,
  MergeThreads,
  QueueMessage,
  RecordReceived,
  RethreadMessage,
  type MessageCommand,
} from './commands.js';
import { message, thread } from './decider.js';
import { FOLDERS, messageEvents, threadEvents, type MessageEvent } from './events.js';
import { messages, threads } from './read-model.js';

const messageIds = fc.constantFrom('msg_1', 'msg_2', 'msg_3', 'msg_4');
const threadIds = fc.constantFrom('thr_1', 'thr_2', 'thr_3');
const times = fc.integer({ min: 0, max: 9 }).map((hour) => `2026-01-01T0${hour}:00:00.000Z`);
const words = fc.constantFrom('Hello', 'Re: Hello', 'Invoice', '');
const people = fc.constantFrom('ann', 'bob', 'cyd').map((name) => ({ email: `${name}@mail.example`, name }));

const commands: fc.Arbitrary<MessageCommand> = messageIds.chain((messageId) =>
  fc.oneof(
    fc.constant(new AcceptMessage(acceptedMail({ messageId }).data)),
    fc
      .record({ threadId: threadIds, receivedAt: times, subject: words, snippet: words, from: people })
      .map((mail) => new RecordReceived(receivedMail({ messageId, ...mail }).data)),
    fc
      .record({ threadId: threadIds, queuedAt: times, subject: words, to: fc.array(people) })
      .map((mail) => new QueueMessage(queuedMail({ messageId, ...mail }).data as QueueMessage['data'])),
    fc
      .record({ isRead: fc.boolean(), isFlagged: fc.boolean(), folder: fc.constantFrom(...FOLDERS) })
      .map((changes) => new ChangeMessage({ messageId, ...changes })),
    fc.constant(new DeleteMessage({ messageId })),
    fc.constant(new EraseMessage({ messageId })),
    threadIds.map((threadId) => new RethreadMessage({ messageId, threadId })),
  ),
);
const merges = fc
  .constantFrom(['thr_2', 'thr_1'] as const, ['thr_3', 'thr_1'] as const)
  .map(([threadId, into]) => new MergeThreads({ threadId, into, inboxId: 'inb_acme' }));

const deliveries: fc.Arbitrary<DeliveryEvent> = fc
  .record({ messageId: messageIds, delivery: fc.constantFrom('dlv_1', 'dlv_2'), recipient: fc.nat(1) })
  .chain(({ messageId, delivery, recipient }) => {
    const ids = { deliveryId: `${delivery}_${messageId}`, messageId };
    const at = { nextAttemptAt: '2026-01-01T00:00:00.000Z', attempt: 1 };
    return fc.constantFrom<DeliveryEvent>(
      {
        type: 'DeliveryQueued',
        data: {
          ...ids,
          inboxId: 'inb_acme',
          destination: 'mail.example',
          recipients: ['a@mail.example', 'b@mail.example'],
          count: 2,
          rfcMessageId: '<msg_2@acme.example>',
          mailFrom: '',
          blobId: '',
          size: 1,
          notBefore: at.nextAttemptAt,
          expiresAt: at.nextAttemptAt,
        },
      },
      { type: 'AttemptStarted', data: { ...ids, attempt: 1, deadline: at.nextAttemptAt, runner: '' } },
      {
        type: 'AttemptFinished',
        data: {
          ...ids,
          ...at,
          outcomes: [{ recipient, outcome: 'delivered', status: null, reason: null }],
          replies: ['250 OK'],
          peer: null,
          tls: null,
        },
      },
      { type: 'DeliveryUncertain', data: { ...ids, ...at } },
      { type: 'DeliveryHeld', data: { ...ids, reason: 'operator' } },
      { type: 'DeliveryReleased', data: { ...ids, nextAttemptAt: at.nextAttemptAt } },
      { type: 'DeliveryDropped', data: ids },
    );
  });

/** What commands, in any order, leave in the log, among events of deliveries. */
const histories = fc
  .array(fc.oneof({ weight: 6, arbitrary: commands }, merges, { weight: 2, arbitrary: deliveries }), {
    minLength: 20,
    maxLength: 60,
  })
  .map((steps) => {
    const happened: Happened[] = [];
    const past = (stream: string) => happened.filter((each) => each.stream === stream);
    const run = (stream: string, rule: (history: readonly Event[]) => readonly Event[]) => {
      const events = attempted(() => rule(past(stream).map(({ event }) => event)));
      happened.push(...events.map((event) => ({ stream, event })));
    };
    for (const step of steps) {
      if (!(step instanceof MergeThreads) && !isCommand(step))
        happened.push({ stream: `delivery-${step.data.deliveryId}`, event: step });
      else if (step instanceof MergeThreads)
        run(`thread-${step.data.threadId}`, (history) =>
          decide(thread, step, fold(thread, history as never)),
        );
      else
        run(`message-${step.data.messageId}`, (history) =>
          decide(message, step, fold(message, history as readonly MessageEvent[])),
        );
    }
    return happened;
  });

const isCommand = (step: MessageCommand | DeliveryEvent): step is MessageCommand =>
  Object.hasOwn(message.commands, step.type);

const attempted = (rule: () => readonly Event[]): readonly Event[] => {
  try {
    return rule();
  } catch (error) {
    if (isDomainError(error)) return [];
    throw error;
  }
};

const idOf = ({ data }: Event) => (data as { messageId?: string }).messageId;
const isForgotten = (event: Event, history: readonly Event[]) =>
  history.some((other) => other.type === 'MessageErased' && idOf(other) === idOf(event));
const catalogs = [messageEvents, threadEvents, deliveryEvents];

describe.each([messages, threads])('the view $name', (view) => {
  it('is the same however its events come, and holds nothing of what was erased', () =>
    obeysProjectionLaws(view, { histories, catalogs, isForgotten }));
});

describe('a command that is delivered again', () => {
  it('does nothing to a message', () =>
    obeysRedeliveryLaw(message, fc.array(commands as fc.Arbitrary<AnyCommand>, { maxLength: 15 })));
  it('does nothing to a thread', () =>
    obeysRedeliveryLaw(thread, fc.array(merges as fc.Arbitrary<AnyCommand>, { maxLength: 5 })));
});
