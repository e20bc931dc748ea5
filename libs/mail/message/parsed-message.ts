import type { MailReport } from '../bounce/report.js';
import type { Unparsed } from './limits.js';

/** `name`: decoded, on one line; null where there is none. */
export type MailAddress = Readonly<{ email: string; name: string | null }>;

/** Values are decoded and on one line. */
export type HeaderSummary = Readonly<{
  from: MailAddress | null;
  to: readonly MailAddress[];
  cc: readonly MailAddress[];
  replyTo: readonly MailAddress[];
  subject: string;
  /** What the sender's clock said: ISO 8601, UTC. */
  date: string | null;
  /** With angle brackets, like each of `references`. */
  messageId: string | null;
  inReplyTo: string | null;
  /** Oldest first. */
  references: readonly string[];
}>;

export type ParsedAttachment = Readonly<{
  /** Never empty, free of path, line breaks and control characters. */
  filename: string;
  /** Lower case, without parameters. */
  contentType: string;
  /** Without angle brackets. */
  contentId: string | null;
  disposition: 'inline' | 'attachment';
  content: Uint8Array;
}>;

/** A message as people see it. With `unparsed` only `headers` and what stems from them says anything. */
export type ParsedMessage = Readonly<{
  unparsed: Unparsed | null;
  headers: HeaderSummary;
  /** As sent, or derived from the HTML; lines end in LF. */
  text: string | null;
  html: string | null;
  /** What the sender wrote: without quotations, their introduction and the signature. */
  extractedText: string | null;
  /** One line of at most 200 characters. */
  snippet: string;
  /** Every part that is not the body, in the order of the message. */
  attachments: readonly ParsedAttachment[];
  /** It has a text/calendar part (iTIP, RFC 5546). */
  calendar: boolean;
  /** Auto-submitted, bulk, a list's or a report: never answered automatically (RFC 3834). */
  automatic: boolean;
  /** Number of Received fields. */
  hops: number;
  /** It tells what became of mail that was sent. */
  report: MailReport | null;
}>;
