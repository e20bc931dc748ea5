import { textOf, textType } from '../message/body.js';
import { headerText, readHeader, type HeaderBlock } from '../message/header.js';
import { textOfHtml } from '../message/html-text.js';
import { contentOf, type Part } from '../message/structure.js';

/** A report taken apart, whoever wrote it; each text is bounded. */
export type ReportParts = Readonly<{
  header: HeaderBlock;
  /** What is written for people, up to the returned message. */
  notice: string;
  /** Contents of message/delivery-status and message/feedback-report parts. */
  deliveryStatus: string | null;
  feedback: string | null;
  /** The header of the message that the report is about. */
  returned: HeaderBlock | null;
}>;

const MOST_TEXT = 128 * 1024;
/** So much of all parts of one kind is read. */
const MOST_TEXTS = 4;

export const partsOf = (message: Part): ReportParts => {
  const leaves = leavesOf(message);
  const textOfType = (pattern: RegExp) => {
    const found = leaves.filter(({ contentType }) => pattern.test(contentType));
    return found.length === 0
      ? null
      : found
          .map((part) => bounded(headerText(contentOf(part).subarray(0, 2 * MOST_TEXT))))
          .join('\n\n')
          .slice(0, MOST_TEXTS * MOST_TEXT);
  };
  const enclosed = leaves.find(({ contentType }) => RETURNED.test(contentType));
  const texts = leaves.filter((part) => part !== enclosed && /^text\/(plain|html)$/.test(textType(part)));
  const { notice, rest } = splitNotice(texts.slice(0, MOST_TEXTS).map(readable));
  return {
    header: message.header,
    notice,
    deliveryStatus: textOfType(STATUS),
    feedback: textOfType(FEEDBACK),
    returned: enclosed ? headerIn(contentOf(enclosed)) : rest === null ? null : headerIn(Buffer.from(rest)),
  };
};

const RETURNED = /^(message\/(rfc822|global|partial)|(text|message)\/(rfc822|global)-headers)$/;

/** Whether the message says by its structure that it reports. */
export const hasReportPart = (message: Part): boolean =>
  leavesOf(message).some(({ contentType }) => STATUS.test(contentType) || FEEDBACK.test(contentType));

/** A report on something else, such as a read receipt (RFC 8098). */
export const reportsElse = (message: Part): boolean =>
  (message.contentType === 'multipart/report' &&
    /^(disposition-notification|tlsrpt)$/i.test(message.parameters.get('report-type') ?? '')) ||
  leavesOf(message).some(({ contentType }) => ELSE.test(contentType));

const ELSE = /^(message\/(global-)?disposition-notification|application\/tlsrpt\+(gzip|json))$/;

const STATUS = /^message\/(global-)?delivery-status$/;
const FEEDBACK = /^message\/feedback-report$/;

const leavesOf = (part: Part): Part[] => (part.parts ? part.parts.flatMap(leavesOf) : [part]);

const bounded = (text: string) => text.slice(0, MOST_TEXT).replace(/\r\n?/g, '\n');

const readable = (part: Part): string =>
  textType(part) === 'text/html'
    ? bounded(textOfHtml(textOf(part, MOST_TEXT)))
    : bounded(textOf(part, MOST_TEXT));

/** Some begin it with an empty line or with words of their own. */
const headerIn = (content: Buffer): HeaderBlock => {
  const start = content.subarray(0, 200).findIndex((byte) => byte > 32);
  return readHeader(content.subarray(Math.max(0, start)));
};

/** Where several texts are alternatives of one notice, the first one speaks. */
const splitNotice = (texts: readonly string[]): { notice: string; rest: string | null } => {
  const all = texts.map((text) => {
    const lines = text.split('\n');
    const at = lines.findIndex((_, index) => startsReturned(lines, index));
    const marked = lines.findIndex((line) => COPY.test(line));
    if (at < 0) return { notice: marked > 0 ? lines.slice(0, marked).join('\n') : text, rest: null };
    return { notice: lines.slice(0, at).join('\n'), rest: lines.slice(at).map(unquoted).join('\n') };
  });
  return {
    notice: all
      .map(({ notice }) => notice)
      .join('\n\n')
      .trim(),
    rest: all.find(({ rest }) => rest !== null)?.rest ?? null,
  };
};

/** What stands in front of the returned message, where no header shows where it begins. */
const COPY =
  /^[\s>*=-]*(below this line is a copy|original message (follows|as received)|this is a copy of (the|your) message|(start of )?returned mail( follows)?\b|unsent message below)/i;

const FIELD = /^(?:>\s?)?([A-Za-z][\w-]*)\s*:/;
const unquoted = (line: string) => line.replace(/^> ?/, '');
const TELLING = new Set([
  'received',
  'return-path',
  'message-id',
  'from',
  'to',
  'subject',
  'date',
  'mime-version',
]);

/** What a notice's own summary of the message leaves out. */
const TRACED = ['received', 'return-path', 'message-id', 'from'];

/** Whether a header block begins at this line: it is a field, and three telling ones are near. */
const startsReturned = (lines: readonly string[], at: number): boolean => {
  if (!FIELD.test(lines[at]!) || (at > 0 && FIELD.test(lines[at - 1]!))) return false;
  const names = new Set<string>();
  for (let index = at; index < Math.min(lines.length, at + 80); index++) {
    const line = lines[index]!;
    const name = FIELD.exec(line)?.[1]?.toLowerCase();
    if (name !== undefined && TELLING.has(name)) names.add(name);
    else if (name === undefined && !/^\s+\S/.test(unquoted(line))) break;
    if (names.size >= 3 && TRACED.some((one) => names.has(one))) return true;
  }
  return false;
};
