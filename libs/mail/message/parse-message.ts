import { reportOf } from '../bounce/read-report.js';
import { bodyOf, textOf, textType, type Body } from './body.js';
import { filenameOf } from './filename.js';
import { readHeader, type HeaderBlock } from './header.js';
import { hopsOf, isAutomatic, summaryOf } from './header-summary.js';
import { textOfHtml } from './html-text.js';
import { BeyondLimit, MESSAGE_LIMITS, type Unparsed } from './limits.js';
import type { ParsedAttachment, ParsedMessage } from './parsed-message.js';
import { replyText } from './reply-text.js';
import { snippetOf } from './snippet.js';
import { contentOf, readStructure, type Part } from './structure.js';

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
  const attachments = body.attachments.map(attachmentOf);
  const text = plainText(body);
  const report = reportOf(message);
  const extractedText = text === null ? null : replyText(text);
  return {
    unparsed: null,
    ...known(header),
    text,
    html: htmlText(body),
    extractedText,
    snippet: snippetOf(extractedText || text || ''),
    attachments,
    calendar: [...body.attachments, ...body.plain].some(({ contentType }) => contentType === 'text/calendar'),
    automatic: isAutomatic(header) || report !== null,
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

const attachmentOf = (part: Part, index: number): ParsedAttachment => ({
  filename: filenameOf(part, index + 1),
  contentType: part.contentType,
  contentId: contentIdOf(part),
  disposition: part.disposition?.value === 'inline' ? 'inline' : 'attachment',
  content: contentOf(part),
});

const contentIdOf = (part: Part): string | null => {
  const value = part.header.fields.find(({ name }) => name === 'content-id');
  if (!value) return null;
  const id = part.header.bytes.toString(
    'latin1',
    value.valueStart,
    Math.min(value.end, value.valueStart + 1_000),
  );
  return id.replace(/[\s<>]/g, '') || null;
};
