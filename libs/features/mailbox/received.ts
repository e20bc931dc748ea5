import type { MailReport } from '#mail/bounce/report';
import { deliveryOf } from '#mail/bounce/verp';
import type { ParsedMessage } from '#mail/message/parsed-message';
import { threadIdOf } from './commands.js';
import type { Attachment, MessageAccepted, MessageReceived, Report } from './events.js';

type Accepted = MessageAccepted['data'];
type Received = MessageReceived['data'];

/** Lists and lines that a hostile message would blow an event up with; an event has 256 KiB, sealed. */
type Longest = Pick<Received, 'subject' | 'to' | 'cc' | 'replyTo' | 'references' | 'attachments'>;

/**
 * What lies in the vault beside the event. `extractedText`: left out where it is all of the text. `whole`: what the
 * event has only the beginning of.
 */
export type Content = Readonly<{
  text: string | null;
  html: string | null;
  extractedText?: string | null;
  whole?: Partial<Longest>;
}>;

/** Bytes of JSON that each may take in the event. */
const ROOM: Readonly<Record<keyof Longest, number>> = {
  subject: 4_000,
  to: 16_000,
  cc: 16_000,
  replyTo: 4_000,
  references: 12_000,
  attachments: 48_000,
};
const REPORT_ROOM = 16_000;
/** RFC 5322: of one line. */
const LINE = 998;

/** The parsed message as an event tells it, but for its thread, and what the vault has to hold of it. */
export const receivedOf = (
  accepted: Accepted,
  parsed: ParsedMessage,
  attachments: readonly Attachment[],
): Readonly<{ message: Omit<Received, 'contentId'>; content: Content | null }> => {
  const { headers, text, html, extractedText, report } = parsed;
  const { messageId, inboxId, blobId, size, authentication, receivedAt } = accepted;
  const { mailFrom, recipient, remoteIp, helo, protocol } = accepted;
  const { fields, whole } = fitted({
    subject: headers.subject,
    to: headers.to,
    cc: headers.cc,
    replyTo: headers.replyTo,
    references: headers.references,
    attachments,
  });
  const identity = {
    references: headers.references.slice(0, 1),
    inReplyTo: headers.inReplyTo,
    rfcMessageId: headers.messageId ?? accepted.rfcMessageId,
  };
  const message = {
    ...fields,
    messageId,
    inboxId,
    threadId: threadIdOf(inboxId, { ...identity, rfcMessageId: identity.rfcMessageId || messageId }),
    blobId,
    size,
    from: headers.from && {
      email: cut(headers.from.email),
      name: headers.from.name && cut(headers.from.name),
    },
    snippet: parsed.snippet,
    folder: folderOf(authentication),
    rfcMessageId: cut(identity.rfcMessageId),
    inReplyTo: identity.inReplyTo && cut(identity.inReplyTo),
    receivedAt,
    envelope: { mailFrom, recipient, remoteIp, helo, protocol },
    authentication,
    unparsed: parsed.unparsed,
    automatic: parsed.automatic || report !== null || mailFrom === '',
    report: report && reportOf(report, recipient),
    hops: parsed.hops,
    local: remoteIp === null,
  };
  if (text === null && html === null && !whole) return { message, content: null };
  return { message, content: { ...contentOf(text, html, extractedText), ...(whole && { whole }) } };
};

/** Whatever of a message lies in the vault. */
export const blobsOf = ({
  blobId,
  contentId,
  attachments,
}: Pick<Received, 'blobId' | 'contentId' | 'attachments'>): readonly string[] => [
  blobId,
  ...(contentId ? [contentId] : []),
  ...attachments.map((attachment) => attachment.blobId),
];

export const contentOf = (text: string | null, html: string | null, extractedText: string | null): Content =>
  extractedText === (text?.trim() ?? null) ? { text, html } : { text, html, extractedText };

/** What its sender wrote of a message, without what he quoted. */
export const ownTextOf = ({ text, extractedText = text?.trim() ?? null }: Content): string | null =>
  extractedText;

/** The sender's own policy for mail that fails it is a place, never a loss (RFC 7489). */
const folderOf = (authentication: Accepted['authentication']): Received['folder'] => {
  const { dmarc, dmarcPolicy } = authentication ?? {};
  return dmarc === 'fail' && (dmarcPolicy === 'quarantine' || dmarcPolicy === 'reject') ? 'spam' : 'inbox';
};

/** The bounce address names the delivery more surely than anything that was returned. */
const reportOf = (report: MailReport, recipient: string): Report => {
  const { kind, originalMessageId, returnPath, recipients } = report;
  const deliveryId = deliveryOf(recipient) ?? (returnPath === null ? null : deliveryOf(returnPath));
  return {
    kind,
    reference: { deliveryId, rfcMessageId: originalMessageId && cut(originalMessageId) },
    recipients: within(recipients, REPORT_ROOM),
  };
};

const fitted = (longest: Longest): { fields: Longest; whole: Partial<Longest> | null } => {
  const fields: Longest = {
    subject: cutTo(longest.subject, ROOM.subject),
    to: within(longest.to, ROOM.to),
    cc: within(longest.cc, ROOM.cc),
    replyTo: within(longest.replyTo, ROOM.replyTo),
    references: ends(longest.references, ROOM.references),
    attachments: within(longest.attachments, ROOM.attachments),
  };
  const names = Object.keys(ROOM) as (keyof Longest)[];
  const lost = names.filter((name) => fields[name].length < longest[name].length);
  return {
    fields,
    whole: lost.length > 0 ? Object.fromEntries(lost.map((name) => [name, longest[name]])) : null,
  };
};

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;

/** As many from the beginning as there is room for. */
const within = <T>(items: readonly T[], room: number): readonly T[] => {
  let left = room;
  const end = items.findIndex((item) => (left -= bytesOf(item)) < 0);
  return end < 0 ? items : items.slice(0, end);
};

/** The first, which names the thread, and as many of the latest as there is room for. */
const ends = (ids: readonly string[], room: number): readonly string[] => {
  const [first, ...rest] = ids.filter((id) => id.length <= LINE);
  if (first === undefined) return [];
  return [first, ...within(rest.toReversed(), room - bytesOf(first)).toReversed()];
};

const cut = (text: string): string => cutTo(text, LINE);

/** Never inside a character. */
const cutTo = (text: string, longest: number): string =>
  text.length <= longest ? text : text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '');
