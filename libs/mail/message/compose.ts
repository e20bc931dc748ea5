import { createHash } from 'node:crypto';
import { isAscii } from '../address/ascii.js';
import { addressPieces, headerField, parameterPieces, textPieces } from './header-encoding.js';
import type { MailAddress } from './parsed-message.js';
import { base64Lines, encodeText, encodingFor, withCrlf } from './body-encoding.js';

/** `contentId`: without brackets; a part that the HTML shows by `cid:`, else null. */
export type DraftAttachment = Readonly<{
  filename: string;
  contentType: string;
  contentId: string | null;
  content: Uint8Array;
}>;

/** What a mail is made of. There is no Bcc: who else gets it is a matter of the envelope. */
export type Draft = Readonly<{
  /** With brackets. The boundaries are derived from it, so the same draft is always the same bytes. */
  messageId: string;
  /** ISO 8601. */
  date: string;
  from: MailAddress;
  to: readonly MailAddress[];
  cc?: readonly MailAddress[];
  replyTo?: readonly MailAddress[];
  subject: string;
  /** At least one of the two. */
  text: string | null;
  html: string | null;
  attachments?: readonly DraftAttachment[];
  inReplyTo?: string | null;
  references?: readonly string[];
  /** RFC 3834: what a policy sends says so. */
  autoSubmitted?: boolean;
}>;

/** `header`: its fields, CRLF and all, without the empty line. `needsSmtpUtf8`: RFC 6531, else it is 7-bit clean. */
export type Composed = Readonly<{ header: string; body: Iterable<Buffer>; needsSmtpUtf8: boolean }>;

type Part = Readonly<{
  fields: readonly (readonly [name: string, pieces: readonly string[]])[];
  body: Iterable<Buffer>;
}>;

/** The first of a thread and the latest: enough for every reader, however long it goes on. */
const REFERENCES = 20;
const REFERENCE = /^<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>$/;

/**
 * A draft as a message of RFC 5322 and MIME: every line within 998 bytes, 7-bit clean unless an address is not.
 * Throws `UnsafeHeader` where a value would break out of its field.
 */
export const compose = (draft: Draft): Composed => {
  const { cc = [], replyTo = [], inReplyTo, autoSubmitted } = draft;
  const content = contentOf(draft);
  const isReference = (id: string) => REFERENCE.test(id);
  const references = bounded((draft.references ?? []).filter(isReference));
  const list = (name: string, addresses: readonly MailAddress[]) =>
    addresses.length > 0 ? headerField(name, addressPieces(name, addresses)) : '';
  const header = [
    headerField('Date', [rfc5322Date(draft.date)]),
    list('From', [draft.from]),
    list('Reply-To', replyTo),
    list('To', draft.to) || headerField('To', ['undisclosed-recipients:;']),
    list('Cc', cc),
    headerField('Subject', textPieces('Subject', draft.subject)),
    headerField('Message-ID', [draft.messageId]),
    inReplyTo && isReference(inReplyTo) ? headerField('In-Reply-To', [inReplyTo]) : '',
    references.length > 0 ? headerField('References', references) : '',
    autoSubmitted ? headerField('Auto-Submitted', ['auto-generated']) : '',
    headerField('MIME-Version', ['1.0']),
    ...content.fields.map(([name, pieces]) => headerField(name, pieces)),
  ].join('');
  return { header, body: content.body, needsSmtpUtf8: !isAscii(header) };
};

const bounded = (references: readonly string[]): readonly string[] =>
  references.length <= REFERENCES
    ? references
    : [...references.slice(0, 1), ...references.slice(1 - REFERENCES)];

/** mixed(related(alternative(text, html), inline…), attachment…), each level only where it is needed. */
const contentOf = ({ messageId, text, html, attachments = [] }: Draft): Part => {
  const boundary = (level: string) => () =>
    `=_${createHash('sha256').update(`${level}/${messageId}`).digest('hex').slice(0, 32)}`;
  const isInline = ({ contentId }: DraftAttachment) => contentId !== null && html !== null;
  const texts = [
    ...(text === null ? [] : [textPart('plain', text)]),
    ...(html === null ? [] : [textPart('html', html)]),
  ];
  const body = multipart('alternative', boundary('alternative'), texts);
  const shown = multipart('related', boundary('related'), [
    body,
    ...attachments.filter(isInline).map((each) => attachmentPart(each, 'inline')),
  ]);
  return multipart('mixed', boundary('mixed'), [
    shown,
    ...attachments.filter((each) => !isInline(each)).map((each) => attachmentPart(each, 'attachment')),
  ]);
};

const textPart = (subtype: 'plain' | 'html', given: string): Part => {
  const text = withCrlf(given.toWellFormed());
  const encoding = encodingFor(text);
  return {
    fields: [
      ['Content-Type', [`text/${subtype};`, 'charset=utf-8']],
      ['Content-Transfer-Encoding', [encoding]],
    ],
    body: encodeText(text, encoding),
  };
};

const attachmentPart = (
  { filename, contentType, contentId, content }: DraftAttachment,
  disposition: 'inline' | 'attachment',
): Part => ({
  fields: [
    ['Content-Type', [mediaType(contentType)]],
    ['Content-Transfer-Encoding', ['base64']],
    ['Content-Disposition', [`${disposition};`, ...parameterPieces('filename', filename)]],
    ...(contentId === null ? [] : [['Content-ID', [`<${contentId}>`]] as const]),
  ],
  body: base64Lines(content),
});

const TOKEN = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/;

/** RFC 2046 section 5.1.4 and 5.2: a multipart or a message cannot be base64, so those go as plain files. */
const mediaType = (given: string): string => {
  const type = given.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return TOKEN.test(type) && !/^(multipart|message)\//.test(type) ? type : 'application/octet-stream';
};

const multipart = (subtype: string, boundaryOf: () => string, parts: readonly Part[]): Part => {
  const [first, ...more] = parts;
  if (first && more.length === 0) return first;
  const boundary = boundaryOf();
  return {
    fields: [['Content-Type', [`multipart/${subtype};`, `boundary="${boundary}"`]]],
    body: joined(boundary, parts),
  };
};

/** The line end before a delimiter is the delimiter's, so it is the one that ends each body. */
function* joined(boundary: string, parts: readonly Part[]): Iterable<Buffer> {
  for (const { fields, body } of parts) {
    const header = fields.map(([name, pieces]) => headerField(name, pieces)).join('');
    yield Buffer.from(`--${boundary}\r\n${header}\r\n`, 'latin1');
    yield* body;
  }
  yield Buffer.from(`--${boundary}--\r\n`, 'latin1');
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const rfc5322Date = (iso: string): string => {
  const at = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
  return `${DAYS[at.getUTCDay()]}, ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()} ${time} +0000`;
};
