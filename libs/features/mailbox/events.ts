import type { EventCatalog } from '#kernel/event-catalog';
import type { Event } from '#kernel/messages';

export const FOLDERS = ['inbox', 'sent', 'archive', 'trash', 'spam'] as const;
export type Folder = (typeof FOLDERS)[number];
export const UNPARSED = ['too-deep', 'too-many-parts', 'too-large', 'time', 'malformed'] as const;
export type Unparsed = (typeof UNPARSED)[number];

export type MailAddress = Readonly<{ email: string; name: string | null }>;
/** `blobId`: its decoded bytes in the vault. `contentId`: without angle brackets. */
export type Attachment = Readonly<{
  attachmentId: string;
  filename: string;
  contentType: string;
  size: number;
  contentId: string | null;
  blobId: string;
}>;
/**
 * What the peer said before DATA, for the trace headers; `recipient` is the inbox's address as it was written.
 * `protocol`: how it was handed over, such as `ESMTPS` (RFC 3848); null for mail that never left the system.
 */
export type Envelope = Readonly<{
  mailFrom: string;
  recipient: string;
  remoteIp: string | null;
  helo: string | null;
  protocol: string | null;
}>;
/** Results in the words of RFC 8601; `dmarcPolicy` is what the sender's domain asks for a failure. */
export type Authentication = Readonly<{
  spf: string;
  dkim: string;
  dmarc: string;
  arc: string;
  dmarcPolicy: 'none' | 'quarantine' | 'reject' | null;
  /** The value of our Authentication-Results header, without the authserv-id. It names the sender. */
  results: string;
}>;

/** In the vault, but not parsed yet: what was too large to be taken apart while its sender waited. `rfcMessageId`: with brackets. */
export type MessageAccepted = Event<
  'MessageAccepted',
  {
    messageId: string;
    inboxId: string;
    blobId: string;
    size: number;
    authentication: Authentication | null;
    rfcMessageId: string;
    receivedAt: string;
  } & Envelope
>;

/**
 * A report about mail that we sent (RFC 3464, RFC 5965 or free-form): what became of which recipient.
 * Of mixed fates the worst gives the kind; a feedback report that is no person's complaint is `feedback`.
 * `status`: enhanced code. `reference`: what ties it to our message, the VERP id or the Message-ID returned.
 */
export type Report = Readonly<{
  kind: 'bounce' | 'delay' | 'delivered' | 'complaint' | 'feedback';
  reference: Readonly<{ deliveryId: string | null; rfcMessageId: string | null }>;
  recipients: readonly Readonly<{
    email: string | null;
    action: 'failed' | 'delayed' | 'delivered' | 'reported';
    status: string | null;
    reply: string | null;
    reason: string;
    hard: boolean;
  }>[];
}>;

/** Parsed, threaded and placed: from here on it is visible, and only this sets anything off. Small mail begins with it. */
export type MessageReceived = Event<
  'MessageReceived',
  {
    messageId: string;
    inboxId: string;
    threadId: string;
    blobId: string;
    /** The parsed bodies, text, HTML and what of it is not quoted, as JSON in the vault; null where nothing could be parsed. */
    contentId: string | null;
    size: number;
    from: MailAddress | null;
    to: readonly MailAddress[];
    cc: readonly MailAddress[];
    replyTo: readonly MailAddress[];
    subject: string;
    snippet: string;
    attachments: readonly Attachment[];
    folder: Folder;
    rfcMessageId: string;
    inReplyTo: string | null;
    references: readonly string[];
    receivedAt: string;
    envelope: Envelope | null;
    authentication: Authentication | null;
    unparsed: Unparsed | null;
    /** Auto-submitted, bulk, null sender or a report: never answered automatically. */
    automatic: boolean;
    report: Report | null;
    hops: number;
    /** From the mail, one of our own inboxes: it never left the system. */
    local: boolean;
  }
>;

/** Composed, let through by the gate, its exact bytes in the vault; deliveries start from this. */
export type MessageQueued = Event<
  'MessageQueued',
  {
    messageId: string;
    inboxId: string;
    threadId: string;
    blobId: string;
    contentId: string;
    size: number;
    from: MailAddress;
    to: readonly MailAddress[];
    cc: readonly MailAddress[];
    bcc: readonly MailAddress[];
    replyTo: readonly MailAddress[];
    subject: string;
    snippet: string;
    attachments: readonly Attachment[];
    rfcMessageId: string;
    inReplyTo: string | null;
    references: readonly string[];
    /** What the gate went by: the ids of rules and the revisions of the facts. */
    gate: Readonly<{ verdict: 'send'; rules: readonly string[]; facts: Readonly<Record<string, string>> }>;
    queuedAt: string;
    /** Not before; ISO 8601, UTC. */
    sendAt: string | null;
  }
>;

/** `wasRead`: before; views that count need no other document for it. */
export type MessageFlagged = Event<
  'MessageFlagged',
  {
    messageId: string;
    threadId: string;
    isRead: boolean;
    wasRead: boolean;
    isFlagged: boolean;
  }
>;
export type MessageMoved = Event<
  'MessageMoved',
  { messageId: string; threadId: string; folder: Folder; from: Folder }
>;
/** Its thread was found to be part of another; what a view shows of it there comes along. */
export type MessageRethreaded = Event<
  'MessageRethreaded',
  {
    messageId: string;
    threadId: string;
    from: string;
    folder: Folder;
    isRead: boolean;
    at: string;
    subject: string;
    snippet: string;
    people: readonly MailAddress[];
  }
>;
/** Its data key and blobs go for good. `placed`: where it was, unless it was never shown. */
export type MessageErased = Event<
  'MessageErased',
  {
    messageId: string;
    inboxId: string;
    placed: Readonly<{ threadId: string; folder: Folder; isRead: boolean }> | null;
    blobIds: readonly string[];
  }
>;

export type MessageEvent =
  | MessageAccepted
  | MessageReceived
  | MessageQueued
  | MessageFlagged
  | MessageMoved
  | MessageRethreaded
  | MessageErased;

/** The subject fallback found that two threads are one: `threadId` goes on as `into`, which is older. */
export type ThreadsMerged = Event<'ThreadsMerged', { threadId: string; into: string; inboxId: string }>;

const subject = ({ messageId }: { messageId: string }) => messageId;

export const messageEvents: EventCatalog<MessageEvent> = {
  MessageAccepted: {
    version: 1,
    personal: {
      subject,
      placeholders: {
        mailFrom: '',
        recipient: '',
        remoteIp: null,
        helo: null,
        rfcMessageId: '',
        authentication: null,
      },
    },
  },
  MessageReceived: {
    version: 1,
    personal: {
      subject,
      placeholders: {
        from: null,
        to: [],
        cc: [],
        replyTo: [],
        subject: '',
        snippet: '',
        attachments: [],
        rfcMessageId: '',
        inReplyTo: null,
        references: [],
        envelope: null,
        authentication: null,
        report: null,
      },
    },
  },
  MessageQueued: {
    version: 1,
    personal: {
      subject,
      placeholders: {
        from: { email: 'erased@erased.invalid', name: null },
        to: [],
        cc: [],
        bcc: [],
        replyTo: [],
        subject: '',
        snippet: '',
        attachments: [],
        rfcMessageId: '',
        inReplyTo: null,
        references: [],
      },
    },
  },
  MessageFlagged: { version: 1 },
  MessageMoved: { version: 1 },
  MessageRethreaded: {
    version: 1,
    personal: { subject, placeholders: { subject: '', snippet: '', people: [] } },
  },
  MessageErased: { version: 1 },
};

export const threadEvents: EventCatalog<ThreadsMerged> = { ThreadsMerged: { version: 1 } };
