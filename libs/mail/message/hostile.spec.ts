import { describe, expect, it } from '@jest/globals';
import { parseMessage } from './parse-message.js';

const MB = 1024 * 1024;
const filled = (unit: string, bytes: number) => unit.repeat(Math.ceil(bytes / unit.length));
const html = (body: string) => `Content-Type: text/html\n\n${body}`;
const multipart = (body: string) => `Content-Type: multipart/mixed; boundary=${'b'.repeat(60)}\n\n${body}`;
const nested = (levels: number, type: (level: number) => string) =>
  Array.from({ length: levels }, (_, level) => `Content-Type: ${type(level)}\n\n--${level}\n`).join('');

/** Twenty messages, each with a header that is nearly as long as it may be. */
const attachedHeaders = (first: string, unit: string) => {
  const header = `${first}\n${filled(unit, MB - 1_000)}To: a\nDate: b\n\n`;
  return multipart(
    filled(`--${'b'.repeat(60)}\nContent-Type: message/rfc822\n\n${header}`, 20 * header.length),
  );
};

/** What the worker is given for one message; of the processor, since other work runs beside a test. */
const BOUND_MS = 5_000;
const spent = () => (process.cpuUsage().user + process.cpuUsage().system) / 1_000;

/** Whether the message is answered within the bound, and how. */
const answer = (raw: string) => {
  const bytes = Buffer.from(`Subject: bomb\n${raw}`, 'latin1');
  const started = spent();
  const message = parseMessage(bytes);
  expect(spent() - started).toBeLessThan(BOUND_MS);
  expect(message.headers.subject).toBe('bomb');
  return message;
};

describe('a hostile message', () => {
  it.each([
    ['10,000 nested multiparts', nested(10_000, (level) => `multipart/mixed; boundary=${level}`), 'too-deep'],
    ['100,000 parts', multipart(filled(`--${'b'.repeat(60)}\n\nx\n`, 100_000 * 66)), 'too-many-parts'],
    ['50 MB of one header field', `X: ${filled('a', 50 * MB)}\n\n`, 'too-large'],
    ['50 MB of header fields', `${filled('X: a\n', 50 * MB)}\n`, 'too-large'],
    ['100,000 header fields', `${filled('X: a\n', 500_000)}\nbody`, 'too-large'],
    [
      'a part with 50,000 header fields',
      multipart(`--${'b'.repeat(60)}\n${filled('X:\n', 150_000)}\nx`),
      'too-large',
    ],
  ])('with %s is kept unparsed', (_, raw, reason) => {
    expect(answer(raw).unparsed).toBe(reason);
  });

  it.each([
    ['10,000 nested messages', nested(10_000, () => 'message/rfc822')],
    ['8 MB of lines that begin like its boundary', multipart(filled(`--${'b'.repeat(59)}\n`, 8 * MB))],
    ['8 MB of dashes', multipart(filled('\n--', 8 * MB))],
    ['8 MB in one line', `\n${filled('a', 8 * MB)}`],
    ['8 MB of empty lines', filled('\n', 8 * MB)],
    ['8 MB of soft line breaks', `Content-Transfer-Encoding: quoted-printable\n\n${filled('=\n', 8 * MB)}`],
    [
      '25 MB of base64',
      `Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n${filled('QUJD\n', 25 * MB)}`,
    ],
    ['8 MB of flowed text', `Content-Type: text/plain; format=flowed\n\n${filled('a \n', 8 * MB)}`],
    ['attached headers of lines that are no field', attachedHeaders('X: a', 'x\n')],
    ['attached headers of lost folding', attachedHeaders('X: a;', 'a=;\n')],
    ['comments', `To: ${filled('(', 900_000)}\n\n`],
    ['closed comments', `To: ${filled('(a)', 900_000)}\n\n`],
    [
      'unterminated quotes',
      `To: ${filled('"a,', 900_000)}\nContent-Type: a/b; x="${filled('\\"', 90_000)}\n\n`,
    ],
    ['addresses', `To: ${filled('a@b.example,', 900_000)}\n\n`],
    ['routes', `To: <${filled(' ', 450_000)}@${filled(',', 450_000)}\n\n`],
    ['quoted at signs', `To: <"${filled('@', 900_000)}\n\n`],
    ['comments in parameters', `Content-Type: text/plain;${filled('(', 900_000)}=\n\n`],
    ['introductions', `\n${filled('On wrote:\n', 900_000)}`],
    ['encoded words', `X: y\nComments: z\nTo: ${filled('=?utf-8?q?a?= ', 900_000)} <a@b.example>\n\n`],
    ['half encoded words', `To: ${filled('=?a?q?', 900_000)} <a@b.example>\n\n`],
    ['parameters', `Content-Type: text/plain${filled(';', 900_000)}=;${filled('a*0=b;', 90_000)}\n\n`],
    ['references', `References: ${filled('<a@b> ', 900_000)}\n\n`],
    ['half references', `References: ${filled('<', 900_000)}\n\n`],
    ['nested elements', html(filled('<div><blockquote>', 2 * MB))],
    ['unclosed attributes', html(filled('<a href="', 2 * MB))],
    ['tag ends that never come', html(filled('<a ', 2 * MB))],
    ['comments of HTML', html(filled('<!--', 2 * MB))],
    ['entities', html(filled('&#60;&amp', 2 * MB))],
    ['links', html(`<p>${filled('<a href=http://a.example>x</a>', 2 * MB)}`)],
    ['scripts', html(filled('<script><style>', 2 * MB))],
  ])('made of %s is answered in time', (_, raw) => {
    expect(answer(raw).unparsed).toBeNull();
  });

  it('that looks like a report is answered in time', () => {
    const head = 'From: MAILER-DAEMON@a.example\nSubject: failure notice\n';
    const units = [
      '550 ',
      '<a@b.example>: 550 5.1.1 unknown\n',
      '>>> RCPT TO:<a@b.example>\n',
      'To: a\n\n',
      'user is not ',
      '5.1.1 ',
      'address',
      '0.',
    ];
    for (const unit of units) answer(`${head}\n${filled(unit, MB / 4)}`);
    const status = filled('Final-Recipient: rfc822; a@b.example\nStatus: 5.1.1\n\n', MB);
    const report = multipart(`--${'b'.repeat(60)}\nContent-Type: message/delivery-status\n\n${status}`);
    expect(answer(`${head}${report}`).report?.recipients.length).toBeLessThanOrEqual(1_000);
    const notice = filled('address a@b.c 0.0.0.0 ', MB / 8);
    const folded = filled('\n a\x01', MB / 8);
    const long = `${head}${multipart(`--${'b'.repeat(60)}\n\n${notice}\n`)}`;
    const rows = filled(
      'Final-Recipient: rfc822; a@b.example\nStatus: 5.0.0\nDiagnostic-Code: x\n\n',
      MB / 8,
    );
    const told = `--${'b'.repeat(60)}\nContent-Type: message/delivery-status\n\n${rows}`;
    expect(answer(`${long}${told}`).report?.kind).toBe('bounce');
    expect(answer(`${long}${told}${folded}`).report?.kind).toBe('bounce');
  });
});
