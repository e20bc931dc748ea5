import { aggregate } from '#kernel/aggregate';
import { notFound } from '#kernel/errors';
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
import {
  messageEvents,
  threadEvents,
  type MessageErased,
  type MessageEvent,
  type MessageMoved,
  type MessageQueued,
  type MessageReceived,
  type MessageRethreaded,
  type ThreadsMerged,
} from './events.js';
import { peopleOf } from './people.js';
import { blobsOf } from './received.js';

type Placed = Omit<MessageRethreaded['data'], 'messageId' | 'from'> & { readonly isFlagged: boolean };

/** Only a placed message is there for anybody. */
export type Message =
  | { readonly status: 'absent' | 'erased' }
  | { readonly status: 'accepted'; readonly inboxId: string; readonly blobIds: readonly string[] }
  | {
      readonly status: 'placed';
      readonly inboxId: string;
      readonly blobIds: readonly string[];
      readonly placed: Placed;
    };

export const message = aggregate<MessageCommand, Message, MessageEvent>({
  category: 'message',
  id: ({ data }) => data.messageId,
  commands: {
    AcceptMessage,
    RecordReceived,
    QueueMessage,
    ChangeMessage,
    DeleteMessage,
    EraseMessage,
    RethreadMessage,
  },
  events: messageEvents,
  begins: { AcceptMessage: true, RecordReceived: true, QueueMessage: true },
  initialState: { status: 'absent' },

  decide: {
    AcceptMessage: (data, { status }) => (status === 'absent' ? { type: 'MessageAccepted', data } : []),
    RecordReceived: (data, { status }) =>
      status === 'absent' || status === 'accepted' ? { type: 'MessageReceived', data } : [],
    QueueMessage: (data, { status }) => (status === 'absent' ? { type: 'MessageQueued', data } : []),
    ChangeMessage: ({ messageId, ...changes }, state) => {
      const before = placedOf(state);
      const after = { ...before, ...changes };
      const events: MessageEvent[] = [];
      if (after.isRead !== before.isRead || after.isFlagged !== before.isFlagged) {
        const { threadId, isRead, isFlagged } = after;
        const data = { messageId, threadId, isRead, isFlagged, wasRead: before.isRead };
        events.push({ type: 'MessageFlagged', data });
      }
      if (after.folder !== before.folder) events.push(moved(messageId, before, after.folder));
      return events;
    },
    DeleteMessage: ({ messageId }, state) => {
      const before = placedOf(state);
      return before.folder === 'trash' ? erased(messageId, state) : moved(messageId, before, 'trash');
    },
    EraseMessage: ({ messageId }, state) => {
      if (state.status === 'absent') throw notFound();
      return state.status === 'erased' ? [] : erased(messageId, state);
    },
    RethreadMessage: ({ messageId, threadId }, state) => {
      if (state.status !== 'placed' || state.placed.threadId === threadId) return [];
      const { isFlagged: _, threadId: from, ...placed } = state.placed;
      return { type: 'MessageRethreaded', data: { ...placed, messageId, threadId, from } };
    },
  },

  evolve: {
    MessageAccepted: (_, { inboxId, blobId }) => ({ status: 'accepted', inboxId, blobIds: [blobId] }),
    MessageReceived: (_, data) => shown(data, data.folder, data.receivedAt, false),
    MessageQueued: (_, data) => shown(data, 'sent', data.sendAt ?? data.queuedAt, true),
    MessageFlagged: (state, { isRead, isFlagged }) => placedAs(state, { isRead, isFlagged }),
    MessageMoved: (state, { folder }) => placedAs(state, { folder }),
    MessageRethreaded: (state, { threadId }) => placedAs(state, { threadId }),
    MessageErased: () => ({ status: 'erased' }),
  },
});

/** What one thread is to another; both keep their own messages' streams. */
export const thread = aggregate<MergeThreads, { readonly into: string | null }, ThreadsMerged>({
  category: 'thread',
  id: ({ data }) => data.threadId,
  commands: { MergeThreads },
  events: threadEvents,
  initialState: { into: null },

  decide: {
    MergeThreads: (data, { into }) =>
      into || data.threadId === data.into ? [] : { type: 'ThreadsMerged', data },
  },

  evolve: { ThreadsMerged: (_, { into }) => ({ into }) },
});

type Shown = MessageReceived['data'] | MessageQueued['data'];

const shown = (data: Shown, folder: Placed['folder'], at: string, isRead: boolean): Message => ({
  status: 'placed',
  inboxId: data.inboxId,
  blobIds: blobsOf(data),
  placed: {
    threadId: data.threadId,
    folder,
    at,
    isRead,
    isFlagged: false,
    subject: data.subject,
    snippet: data.snippet,
    people: peopleOf(data),
  },
});

const placedOf = (state: Message): Placed => {
  if (state.status !== 'placed') throw notFound();
  return state.placed;
};

const placedAs = (state: Message, changes: Partial<Placed>): Message =>
  state.status === 'placed' ? { ...state, placed: { ...state.placed, ...changes } } : state;

const moved = (
  messageId: string,
  { threadId, folder: from }: Placed,
  folder: Placed['folder'],
): MessageMoved => ({
  type: 'MessageMoved',
  data: { messageId, threadId, folder, from },
});

const erased = (messageId: string, state: Message): MessageErased => {
  if (state.status !== 'accepted' && state.status !== 'placed') throw notFound();
  const { inboxId, blobIds } = state;
  if (state.status === 'accepted')
    return { type: 'MessageErased', data: { messageId, inboxId, placed: null, blobIds } };
  const { threadId, folder, isRead } = state.placed;
  return {
    type: 'MessageErased',
    data: { messageId, inboxId, placed: { threadId, folder, isRead }, blobIds },
  };
};
