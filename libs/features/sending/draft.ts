import { invalid } from '#kernel/errors';
import { parseMailbox } from '#mail/address/mailbox';
import { headerSafe } from '#mail/message/header-encoding';
import { threadIdOf } from '../mailbox/commands.js';
import type { MailAddress } from '../mailbox/events.js';
import type { MessageView } from '../mailbox/read-model.js';
import type { Outgoing } from './commands.js';

/** Whom it goes to and what it answers; `references` as they will stand in the header. */
export type Addressing = Readonly<{
  to: readonly MailAddress[];
  subject: string;
  threadId: string;
  inReplyTo: string | null;
  references: readonly string[];
}>;

/** Said outright wins; the rest comes from the message that is answered. */
export const addressingOf = (
  { inboxId, to, subject }: Pick<Outgoing, 'inboxId' | 'to' | 'subject'>,
  original: MessageView | null,
  rfcMessageId: string,
): Addressing => {
  if (!original) {
    if (!to) throw invalid('to', 'required', 'Say whom it goes to');
    const references: readonly string[] = [];
    const threadId = threadIdOf(inboxId, { references, inReplyTo: null, rfcMessageId });
    return { to, subject: subject ?? '', threadId, inReplyTo: null, references };
  }
  const recipients = to ?? answeredBy(original);
  if (recipients.length === 0) throw invalid('to', 'required', 'The original names nobody to reply to');
  const inReplyTo = original.rfcMessageId || null;
  // RFC 5322 section 3.6.4: a parent without References has its own In-Reply-To in their place.
  const before = original.references.length > 0 ? original.references : [original.inReplyTo];
  const references = [...before, inReplyTo].filter((id) => id !== null);
  return {
    to: recipients,
    subject: subject ?? replySubject(original.subject),
    threadId: original.threadId,
    inReplyTo,
    references,
  };
};

const answeredBy = ({ direction, from, to, replyTo }: MessageView): readonly MailAddress[] => {
  if (direction === 'outbound') return to;
  const asked = replyTo.flatMap(reachable);
  return asked.length > 0 ? asked : from ? reachable(from) : [];
};

/** Mail from outside may name whatever it likes, and may hide in a name what would end a header. */
const reachable = ({ email, name }: MailAddress): readonly MailAddress[] => {
  const mailbox = parseMailbox(email);
  return mailbox ? [{ email: mailbox.email, name: name && headerSafe(name) }] : [];
};

const REPLY = /^(?:\s*re(?:\[\d+\])?\s*:)+\s*/i;

/** One `Re: `, however many there were. */
const replySubject = (subject: string): string => `Re: ${headerSafe(subject).replace(REPLY, '')}`;

type Bodies = Readonly<{ text: string; html: string | null }>;

/** The bodies as they go out. */
export const bodiesOf = ({ text, html }: Bodies, signature: string | null): Bodies => {
  if (!signature) return { text, html };
  const tag = signature.search(/<[a-z]/i);
  const isHtml = tag >= 0 && signature.includes('>', tag);
  const [asText, asHtml] = isHtml ? [stripped(signature), signature] : [signature, escaped(signature)];
  return { text: `${text}\n\n-- \n${asText}`, html: html === null ? null : `${html}<br>-- <br>${asHtml}` };
};

/** Tags go; where they broke a line, the line breaks. */
const stripped = (html: string): string =>
  html
    .replace(/\s+/g, (space) => (space.includes('\n') ? ' ' : space))
    .replace(/<br\s*\/?>|<\/(?:p|div|li|tr|h[1-6]|table|ul|ol|blockquote)\s*>/gi, '\n')
    .replace(/<[^>]*>?/g, (tag) => (tag.endsWith('>') ? '' : tag))
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/(?<![ \t])[ \t]+(?=\n)/g, '')
    .replace(/\n[ \t]+/g, '\n')
    .trim();

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: ' ',
  '#39': "'",
};

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '').replace(/\r\n|\r|\n/g, '<br>');
