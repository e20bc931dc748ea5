import fc from 'fast-check';
import { parseMessage, unparsed } from '#mail/message/parse-message';
import type { ParsedMessage } from '#mail/message/parsed-message';
import { readRtf } from '#mail/message/rtf';
import { REASONS } from '#mail/bounce/reasons';
import { tokensOf } from '#platform/search/words';
import { damaged, holds, target, textOf } from './target.js';

const FIELDS = [
  'From: ',
  'To: ',
  'Cc: ',
  'Subject: ',
  'Date: Tue, 3 Mar 2026 10:00:00 +0000',
  'Message-ID: <1@a.example>',
  'References: ',
  'In-Reply-To: ',
  'Content-Type: text/plain; charset=',
  'Content-Type: text/html',
  'Content-Type: multipart/mixed; boundary=b',
  'Content-Type: multipart/alternative; boundary="b c"',
  'Content-Type: multipart/related; boundary=b; start="',
  'Return-Path: ',
  'Auto-Submitted: ',
  'Authentication-Results: ',
  'Content-Type: message/rfc822',
  'Content-Type: application/ms-tnef',
  'Content-Type: text/plain; format=flowed; delsp=yes',
  'Content-Disposition: attachment; filename*0*=',
  'Content-Transfer-Encoding: base64',
  'Content-Transfer-Encoding: quoted-printable',
  'Content-Transfer-Encoding: x-uuencode',
  'Content-ID: <',
];
const VALUES = [
  '=?utf-8?q?=C3=BC?= ',
  '=?iso-2022-jp?b?GyRC',
  '=?constructor?q?a?= ',
  'constructor',
  '__proto__',
  '<   @',
  'Re: ',
  '"',
  '<a@b.example>',
  '(',
  ')',
  ',',
  ';',
  ':',
  '\\',
  "utf-8''%C3",
  'utf-7',
  'iso-2022-kr',
  'hz-gb-2312',
  'utf-16',
  '*1*=',
  '\r\n ',
  '\n\t',
  '\0',
  '=',
  '../../x',
  '\u202e',
];
const CONTENT = [
  '--b\r\n',
  '--b--\r\n',
  '--b c\n',
  '\r\n',
  '\n',
  '> ',
  '-- \n',
  'On Tue, Ann <a@b.example> wrote:\n',
  'On wrote:\n',
  '\u0315\u0300',
  'From: a\nSent: b\nTo: c\nSubject: d\n',
  '<p>',
  '</blockquote>',
  '<a href="',
  '<!--',
  '<script>',
  '&#x',
  '&amp;',
  '=3D',
  '=\n',
  'QUJD',
  '\x78\x9f\x3e\x22',
  'begin 644 x\n',
  '~{',
  '\x1b$)C',
  '+AAA-',
  ' ',
];

const field = fc
  .tuple(fc.constantFrom(...FIELDS), textOf(VALUES, 6, 1))
  .map(([name, value]) => `${name}${value}\r\n`);
const message = fc
  .array(fc.tuple(fc.array(field, { maxLength: 8 }), textOf(CONTENT, 20, 1)), { minLength: 1, maxLength: 5 })
  .map((parts) =>
    Buffer.from(parts.map(([fields, content]) => `${fields.join('')}\r\n${content}`).join('\r\n--b\r\n')),
  );

const NOTICES = [
  'From: MAILER-DAEMON@mx.example\r\n',
  'Subject: failure notice\r\n',
  'X-Failed-Recipients: a@b.example\r\n',
  'Return-Path: <>\r\n',
  'Auto-Submitted: auto-replied\r\n',
  'Content-Type: multipart/report; boundary=b\r\n',
  '\r\n',
  '--b\r\n',
  'Content-Type: message/delivery-status\r\n',
  'Content-Type: message/feedback-report\r\n',
  'Content-Type: message/rfc822\r\n',
  'Final-Recipient: rfc822; a@b.example\r\n',
  'Original-Recipient: ',
  'Action: failed\r\n',
  'Action: delayed\r\n',
  'Status: 5.1.1\r\n',
  'Status: 4.0.0\r\n',
  'Diagnostic-Code: smtp; 550 5.1.1 ',
  '\r\n a',
  'Reporting-MTA: dns; ',
  'Feedback-Type: abuse\r\n',
  'Original-Rcpt-To: ',
  '<a@b.example>: ',
  '550 ',
  '5.7.1 ',
  'user unknown ',
  'address',
  'deliver',
  'exceed',
  'failure reason\n',
  '(#5.1.1)',
  'mailbox full ',
  '>>> RCPT TO:<a@b.example>\r\n',
  '<<< 550 ',
  'To: a\r\nFrom: b\r\nDate: c\r\n',
  '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[',
];
const HEAD = [
  'From: MAILER-DAEMON@mx.example\r\n',
  'Subject: failure notice\r\n',
  'Subject: Re: failure notice\r\n',
  'In-Reply-To: <a@b.example>\r\n',
  'Return-Path: <>\r\n',
];
const START = [
  '\r\n',
  'Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n',
  'Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n',
];
const notice = fc
  .tuple(fc.subarray(HEAD), fc.constantFrom('', ...START), textOf(NOTICES, 40))
  .map(([head, start, text]) => Buffer.from([...head, start, text].join('')));

const CONTROL = /[\x00-\x1f\x7f]/;

const isSound = (raw: Buffer): ParsedMessage => {
  const parsed = parseMessage(raw);
  const { headers, text, snippet, attachments } = parsed;
  holds(text === null || !text.includes('\r'), 'lines end in LF');
  holds(snippet.length <= 200 && !CONTROL.test(snippet), 'the snippet is one short line');
  holds(!CONTROL.test(headers.subject), 'the subject is one line');
  for (const { email } of [...headers.to, ...headers.cc])
    holds(email.includes('@') && !CONTROL.test(email), 'addresses are addresses');
  for (const { filename, content } of attachments) {
    holds(filename !== '' && !/[\\/]/.test(filename) && !CONTROL.test(filename), 'file names are safe');
    holds(content.length <= raw.length, 'nothing grows by decoding');
  }
  holds(unparsed(raw, 'time').headers.subject === headers.subject, 'the header is read without the body too');
  tokensOf(text?.slice(0, 64 * 1024) ?? '');
  holds(
    parsed.unparsed === null || (text === null && attachments.length === 0),
    'what is unparsed has no body',
  );
  return parsed;
};

const RTF = [
  '{',
  '}',
  '\\\\',
  "\\'e4",
  '\\u8364 ',
  '\\bin2 ',
  '\\f1',
  '\\fcharset128 ',
  '\\fonttbl',
  '\\ansicpg950',
  '\\htmltag64 ',
  '\\htmlrtf',
  '\\*',
  '\\par ',
  '\\constructor ',
  '\n',
];

export const rtf = target('rtf', textOf(RTF, 60), (document) => {
  const { text, html } = readRtf(`{\\rtf1\\fromhtml1${document}`);
  holds(text === null && !(html ?? '').includes('native code'), 'it is what was written');
});

export const mime = target('mime', damaged(message), isSound);

export const bounces = target('bounces', damaged(notice), (raw) => {
  const { report } = isSound(raw);
  for (const { status, reply, reason, hard } of report?.recipients ?? []) {
    holds(status === null || /^[245]\.\d{1,3}\.\d{1,3}$/.test(status), 'a status is one');
    holds(reply === null || !CONTROL.test(reply), 'a reply is one line');
    holds(REASONS.includes(reason) && !(hard && status?.startsWith('4')), 'nothing passing is permanent');
  }
});
