import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MailReport } from '#mail/bounce/report';
import { parseMessage } from '#mail/message/parse-message';

/** What became of the same reports written otherwise, and of mail that only speaks of them. */
export type Variations = Readonly<{
  form: string;
  /** It is no report in this form. */
  ordinary: boolean;
  tried: number;
  right: number;
  differences: string[];
}>;

/** The forms in which every report must be read as it is; each takes its bytes as latin1 with LF. */
const SAME: Readonly<Record<string, (raw: string) => string>> = {
  'CRLF line ends': (raw) => raw.replace(/\n/g, '\r\n'),
  'other hosts': (raw) => raw.replace(/\bexample\.(com|org|net|jp|co\.jp|ne\.jp|ac\.jp|edu)\b/g, 'maple.$1'),
  'other mailboxes': (raw) => raw.replace(/\b(kijitora|shironeko|sironeko|mikeneko|sabineko)\b/g, 'x7.$1'),
  'header reversed': (raw) => inHeader(raw, (fields) => fields.reverse()),
  'header folded': (raw) =>
    inHeader(raw, (fields) =>
      fields.map((one) => (/^(subject|from|to):/i.test(one) ? one.replace(/: +(?=\S)/, ':\n  ') : one)),
    ),
  'trace above': (raw) =>
    `Received: from a.test (a.test [192.0.2.9]) by b.test; Thu, 1 Jan 2026 00:00:00 +0000\n${raw}`,
};

/** The same with part of it lost or rearranged: kind and recipients must still be found. */
const LOSSY: Readonly<Record<string, (raw: string) => string>> = {
  'status part untyped': (raw) =>
    raw.replace(/^content-type:\s*message\/delivery-status/gim, 'Content-Type: text/plain'),
  'lines wrapped at 60': (raw) =>
    raw.replace(/^(?![\w-]+:|--|[ \t])[^\n]{61,}$/gm, (line) => line.replace(/(.{40,60}) (?=\S)/g, '$1\n')),
  'no sender of its own': (raw) => raw.replace(/^Return-Path:\s*<>\n/im, ''),
};

/** What people write about a report: never a report itself. */
const ORDINARY: Readonly<Record<string, (raw: string) => string>> = {
  'answered with the report quoted': (raw) =>
    letter(
      'Re: Undelivered mail',
      `What does this mean?\n\n${raw.replace(/^/gm, '> ')}`,
      'In-Reply-To: <1@b.test>',
    ),
  'forwarded as an attachment': (raw) =>
    letter(
      'Fwd: delivery failure notice',
      `--q\n\nSee below, it could not be delivered.\n\n--q\nContent-Type: message/rfc822\n\n${raw}\n--q--\n`,
      'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q',
    ),
  'quoted on a list': (raw) =>
    letter(
      '[users] Mail delivery failed, why?',
      raw.replace(/^/gm, '| '),
      'List-Id: <users.b.test>\nPrecedence: list',
    ),
  'answered by a machine': (raw) =>
    letter(
      'Automatic reply: delivery failure',
      `I am away.\n\n${raw.replace(/^/gm, '> ')}`,
      'Return-Path: <>\nAuto-Submitted: auto-replied\nIn-Reply-To: <1@b.test>',
    ),
  'pasted without marks': (raw) =>
    letter('mail delivery failed, why?', `This is what I got today:\n\n${raw}`, 'X-Mailer: x'),
  'in the digest of a list': (raw) =>
    letter(
      'users Digest, Vol 5, Issue 3: undelivered mail',
      `--q\n\nTopics: 1. Undelivered Mail Returned to Sender\n\n--q\nContent-Type: multipart/digest; boundary=d\n\n--d\n\n${raw}\n--d--\n--q--\n`,
      'List-Id: <users.b.test>\nContent-Type: multipart/mixed; boundary=q',
    ),
  'passed on by the software of a list': (raw) =>
    letter(
      'Bounce action notification',
      `--q\n\nMember: eve@c.test\nReason: excessive or fatal bounces.\n\n--q\nContent-Type: message/rfc822\n\n${raw}\n--q--\n`,
      'Precedence: bulk\nContent-Type: multipart/mixed; boundary=q',
      'users-bounces@b.test',
    ),
};

/** Reads every report of a collection in each form. */
export const compareVariations = (folder: string): Variations[] => {
  const names = Object.keys(
    JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, unknown>,
  );
  const reports = names.map((name) => ({
    name,
    raw: readFileSync(join(folder, `${name}.eml`), 'latin1').replace(/\r\n/g, '\n'),
  }));
  const tried = (form: string, right: (raw: string) => boolean, ordinary = false) => {
    const differences = reports.filter(({ raw }) => !right(raw)).map(({ name }) => name);
    return { form, ordinary, tried: reports.length, right: reports.length - differences.length, differences };
  };
  return [
    ...Object.entries(SAME).map(([form, write]) =>
      tried(form, (raw) => told(read(write(raw))) === told(read(raw))),
    ),
    ...Object.entries(LOSSY).map(([form, write]) =>
      tried(form, (raw) => found(read(write(raw))) === found(read(raw))),
    ),
    ...Object.entries(ORDINARY).map(([form, write]) => tried(form, (raw) => read(write(raw)) === null, true)),
  ];
};

const read = (raw: string): MailReport | null => parseMessage(Buffer.from(raw, 'latin1')).report;

/** All but the names of those concerned. */
const told = (report: MailReport | null): string =>
  JSON.stringify([
    report?.kind,
    report?.recipients.map(({ action, status, reason, hard }) => [action, status, reason, hard]),
  ]);

const found = (report: MailReport | null): string =>
  JSON.stringify([report?.kind, report?.recipients.map(({ email }) => email?.toLowerCase())]);

export const inHeader = (raw: string, change: (fields: string[]) => string[]): string => {
  const [envelope = '', rest = raw] = /^From .*\n/.test(raw)
    ? [/^.*\n/.exec(raw)![0], raw.replace(/^.*\n/, '')]
    : [];
  const end = rest.indexOf('\n\n');
  return envelope + change(rest.slice(0, end).split(/\n(?![ \t])/)).join('\n') + rest.slice(end);
};

const letter = (subject: string, body: string, header: string, from = 'Ann <ann@b.test>'): string =>
  `From: ${from}\nTo: bob@c.test\nSubject: ${subject}\n${header}\n\n${body}`;
