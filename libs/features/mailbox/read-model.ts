import type { Recorded } from '#kernel/messages';
import { projection } from '#kernel/projection';
import type { DeliveryEvent } from '../delivery/events.js';
import { advance, statusOf, type Deliveries, type MessageStatus } from './deliveries.js';
import type {
  Attachment,
  Authentication,
  Envelope,
  Folder,
  MailAddress,
  MessageAccepted,
  MessageEvent,
  MessageQueued,
  MessageReceived,
  ThreadsMerged,
  Unparsed,
} from './events.js';
import { isListed } from './folders.js';
import { peopleOf } from './people.js';
import { emptyThread, flagged, joined, left, merged, moved, type ThreadView } from './thread-summary.js';

/** `at`: the place in a list, when it came or was to go. `listed`: shown where no folder is asked for. */
export type MessageView = Readonly<{
  messageId: string;
  threadId: string;
  inboxId: string;
  direction: 'inbound' | 'outbound';
  status: MessageStatus | null;
  from: MailAddress | null;
  to: readonly MailAddress[];
  cc: readonly MailAddress[];
  replyTo: readonly MailAddress[];
  subject: string;
  snippet: string;
  attachments: readonly Attachment[];
  hasAttachments: boolean;
  labelIds: readonly string[];
  isRead: boolean;
  isFlagged: boolean;
  folder: Folder;
  listed: boolean;
  at: string;
  receivedAt: string | null;
  sentAt: string | null;
  rfcMessageId: string;
  inReplyTo: string | null;
  references: readonly string[];
  blobId: string;
  contentId: string | null;
  size: number;
  envelope: Envelope | null;
  authentication: Authentication | null;
  unparsed: Unparsed | null;
  automatic: boolean;
  deliveries: Deliveries;
  /** Of the message's own stream. */
  revision: string;
}>;

type Folded = Exclude<MessageEvent, MessageAccepted> | DeliveryEvent;

/** Both directions; there from the moment it is parsed or queued, until it is erased. */
export const messages = projection<MessageView, Folded, 'byTime'>({
  name: 'messages',
  version: 2,
  key: ({ data }) => data.messageId,
  queries: {
    byTime: {
      filter: ['listed', 'folder', 'direction', 'isRead', 'hasAttachments', 'threadId'],
      contains: ['labelIds'],
      sort: ['-at'],
    },
  },
  personal: true,

  on: {
    MessageReceived: (_, event) => ({
      ...shown(event),
      ...placedIn(event.data.folder),
      direction: 'inbound',
      status: null,
      isRead: false,
      at: event.data.receivedAt,
      receivedAt: event.data.receivedAt,
      sentAt: null,
      envelope: event.data.envelope,
      authentication: event.data.authentication,
      unparsed: event.data.unparsed,
      automatic: event.data.automatic,
    }),
    MessageQueued: (_, event) => ({
      ...shown(event),
      ...placedIn('sent'),
      direction: 'outbound',
      status: 'queued',
      isRead: true,
      at: event.data.sendAt ?? event.data.queuedAt,
      receivedAt: null,
      sentAt: event.data.sendAt ? null : event.data.queuedAt,
      envelope: null,
      authentication: null,
      unparsed: null,
      automatic: false,
    }),
    MessageFlagged: (message, { data: { isRead, isFlagged }, revision }) =>
      message && { ...message, isRead, isFlagged, revision: String(revision) },
    MessageMoved: (message, { data: { folder }, revision }) =>
      message && { ...message, ...placedIn(folder), revision: String(revision) },
    MessageRethreaded: (message, { data: { threadId }, revision }) =>
      message && { ...message, threadId, revision: String(revision) },
    MessageErased: () => null,

    DeliveryQueued: (message, event) => message && delivered(message, event),
    AttemptStarted: (message, event) => {
      const sentAt = message?.sentAt ?? event.metadata.occurredAt;
      return message && delivered({ ...message, sentAt }, event);
    },
    AttemptFinished: (message, event) => message && delivered(message, event),
    DeliveryUncertain: (message, event) => message && delivered(message, event),
    DeliveryHeld: (message, event) => message && delivered(message, event),
    DeliveryReleased: (message, event) => message && delivered(message, event),
    DeliveryDropped: (message, event) => message && delivered(message, event),
    RecipientReported: (message, event) => message && delivered(message, event),
  },
});

/** In an inbox. A message that changes its thread leaves the one and joins the other. */
export const threads = projection<
  ThreadView,
  Exclude<MessageEvent, MessageAccepted> | ThreadsMerged,
  'byTime' | 'bySubject'
>({
  name: 'threads',
  version: 1,
  key: (event) => {
    if (event.type === 'MessageErased') return event.data.placed?.threadId ?? [];
    if (event.type === 'MessageRethreaded') return [event.data.from, event.data.threadId];
    return event.data.threadId;
  },
  queries: {
    byTime: { filter: ['listed', 'folder'], contains: ['labelIds'], sort: ['-lastMessageAt'] },
    bySubject: { filter: ['subjectKey'], sort: ['-lastMessageAt'] },
  },
  personal: true,

  on: {
    MessageReceived: (thread, { data }) =>
      joined(
        thread ?? emptyThread(data.threadId, data.inboxId, data.receivedAt),
        { ...data, at: data.receivedAt, people: peopleOf(data) },
        { folder: data.folder, isRead: false },
      ),
    MessageQueued: (thread, { data }) => {
      const at = data.sendAt ?? data.queuedAt;
      const base = thread ?? emptyThread(data.threadId, data.inboxId, at);
      return joined(base, { ...data, at, people: peopleOf(data) }, { folder: 'sent', isRead: true });
    },
    MessageFlagged: (thread, { data }) => thread && flagged(thread, data.wasRead, data.isRead),
    MessageMoved: (thread, { data }) => thread && moved(thread, data.from, data.folder),
    MessageRethreaded: (thread, { data, metadata }, key) => {
      if (key === data.from) return thread && left(thread, data.messageId, data);
      return joined(thread ?? emptyThread(key, metadata.inboxId ?? '', data.at), data, data);
    },
    MessageErased: (thread, { data: { messageId, placed } }) =>
      thread && placed && left(thread, messageId, placed),
    ThreadsMerged: (thread, { data, metadata }) =>
      merged(thread ?? emptyThread(data.threadId, data.inboxId, metadata.occurredAt), data.into),
  },
});

const shown = ({ data, revision }: Recorded<MessageReceived | MessageQueued>) => ({
  messageId: data.messageId,
  threadId: data.threadId,
  inboxId: data.inboxId,
  from: data.from,
  to: data.to,
  cc: data.cc,
  replyTo: data.replyTo,
  subject: data.subject,
  snippet: data.snippet,
  attachments: data.attachments,
  hasAttachments: data.attachments.length > 0,
  labelIds: [],
  isFlagged: false,
  rfcMessageId: data.rfcMessageId,
  inReplyTo: data.inReplyTo,
  references: data.references,
  blobId: data.blobId,
  contentId: data.contentId,
  size: data.size,
  deliveries: {},
  revision: String(revision),
});

const placedIn = (folder: Folder) => ({ folder, listed: isListed(folder) });

const delivered = (message: MessageView, event: Recorded<DeliveryEvent>): MessageView => {
  const deliveries = advance(message.deliveries, event);
  return { ...message, deliveries, status: statusOf(deliveries) };
};
