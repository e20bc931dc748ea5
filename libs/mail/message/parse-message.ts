import { attachmentsOf } from './attachments.js';
import { reportOf } from '../bounce/read-report.js';
import { bodyOf, textOf, textType, type Body } from './body.js';
import { readHeader, type HeaderBlock } from './header.js';
import { hopsOf, isAutomatic, summaryOf } from './header-summary.js';
import { textOfHtml } from './html-text.js';
import { BeyondLimit, MESSAGE_LIMITS, type Unparsed } from './limits.js';
import type { ParsedMessage } from './parsed-message.js';
import { isForwardSubject } from '../threading/subject.js';
import { replyText } from './reply-text.js';
import { snippetOf } from './snippet.js';
import { readStructure, type Part } from './structure.js';

/**
 * Takes a message apart (RFC 5322, RFC 2045 to 2049). Never throws: what breaks a limit or the parser is answered
 * as unparsed, with the header fields that could be read.
 */
export const parseMessage = (raw: Uint8Array): ParsedMessage => {
  const header = readHeader(raw);
  if (raw.length > MESSAGE_LIMITS.bytes || header.cut) return unparsedMessage(header, 'too-large');
  try {
    return parsed(header);
  } catch (error) {
    return unparsedMessage(header, error instanceof BeyondLimit ? error.reason : 'malformed');
  }
};

/** What is known of a message that nobody took apart; only its header is read. */
export const unparsed = (raw: Uint8Array, reason: Unparsed): ParsedMessage =>
  unparsedMessage(readHeader(raw), reason);

const parsed = (header: HeaderBlock): ParsedMessage => {
  const message = readStructure(header);
  const body = bodyOf(message);
  const shown = [...new Set([...body.plain, ...body.html])].reduce(
    (sum, { start, end }) => sum + end - start,
    0,
  );
  if (shown > MESSAGE_LIMITS.bodyBytes) throw new BeyondLimit('too-large');
  const { list: attachments, tnef } = attachmentsOf(body.attachments);
  const html = htmlText(body) ?? tnef?.html ?? null;
  const own = plainText(body);
  // Many send an empty text beside their page, because there has to be one.
  const text = own?.trim() ? own : tnef?.text || (html && textOfHtml(html)) || own;
  const report = reportOf(message);
  const { headers, automatic, hops } = known(header);
  const extractedText = text === null ? null : replyText(text, isForwardSubject(headers.subject));
  return {
    unparsed: null,
    headers,
    text,
    html,
    extractedText,
    snippet: snippetOf(extractedText || text || ''),
    attachments,
    calendar: attachments.some(({ contentType }) => contentType === 'text/calendar'),
    automatic: automatic || report !== null,
    hops,
    report,
  };
};

const unparsedMessage = (header: HeaderBlock, reason: Unparsed): ParsedMessage => ({
  unparsed: reason,
  ...known(header),
  text: null,
  html: null,
  extractedText: null,
  snippet: '',
  attachments: [],
  calendar: false,
  report: null,
});

const known = (header: HeaderBlock) => ({
  headers: summaryOf(header),
  automatic: isAutomatic(header),
  hops: hopsOf(header),
});

const plainText = ({ plain, html }: Body): string | null => {
  const parts = plain.length > 0 ? plain : html;
  if (parts.length === 0) return null;
  return parts.map((part) => (isHtml(part) ? textOfHtml(textOf(part)) : textOf(part))).join('\n');
};

/** Null where all of it is plain text. */
const htmlText = ({ html }: Body): string | null => {
  if (!html.some(isHtml)) return null;
  return html.map((part) => (isHtml(part) ? textOf(part) : `<pre>${escaped(textOf(part))}</pre>`)).join('\n');
};

const isHtml = (part: Part) => textType(part) === 'text/html';

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
