import { policy } from '#kernel/saga';
import { joinsBySubject } from '#mail/threading/thread';
import type { InboxPurged } from '../inboxes/events.js';
import {
  FindThread,
  FollowThread,
  ForgetInbox,
  ForgetMessage,
  MoveThread,
  ParseMessage,
} from './commands.js';
import type {
  MessageAccepted,
  MessageErased,
  MessageQueued,
  MessageReceived,
  ThreadsMerged,
} from './events.js';
import { messages, threads } from './read-model.js';

export const parseAcceptedMail = policy<MessageAccepted, ParseMessage>({
  name: 'mailbox.parse-accepted-mail',
  startFrom: 'origin',
  orderedBy: 'stream',
  whenever: {
    // Erased meanwhile: there is nothing left to parse.
    MessageAccepted: ({ data, erased }) => (erased ? [] : new ParseMessage(data)),
  },
});

/** The log gives a message its thread without a look-up; this mends what only a look-up can know. */
export const keepThreadsTogether = policy<
  MessageReceived | MessageQueued | ThreadsMerged,
  FindThread | FollowThread | MoveThread
>({
  name: 'mailbox.keep-threads-together',
  startFrom: 'origin',
  reads: [messages, threads],
  whenever: {
    MessageReceived: ({ data, erased }) => {
      const { messageId, inboxId, threadId, from, subject, references, inReplyTo } = data;
      if (erased) return [];
      if (references.length > 0 || inReplyTo) return new FollowThread({ messageId, threadId });
      if (!from || !joinsBySubject(data)) return [];
      return new FindThread({ messageId, inboxId, threadId, sender: from.email, subject });
    },
    MessageQueued: ({ data: { messageId, threadId, references }, erased }) =>
      erased || references.length === 0 ? [] : new FollowThread({ messageId, threadId }),
    ThreadsMerged: ({ data }) => new MoveThread(data),
  },
});

export const forgetErasedMail = policy<MessageErased, ForgetMessage>({
  name: 'mailbox.forget-erased-mail',
  startFrom: 'origin',
  orderedBy: 'stream',
  whenever: { MessageErased: ({ data }) => new ForgetMessage(data) },
});

export const forgetPurgedInboxes = policy<InboxPurged, ForgetInbox>({
  name: 'mailbox.forget-purged-inboxes',
  startFrom: 'origin',
  reads: [messages],
  whenever: { InboxPurged: ({ data: { inboxId } }) => new ForgetInbox({ inboxId }) },
});
