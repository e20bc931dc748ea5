import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { compose, type Draft } from './compose.js';

const draft: Draft = {
  messageId: '<msg_1@agents.example>',
  date: '2026-03-01T09:05:07.000Z',
  from: { email: 'ann@agents.example', name: 'Ann' },
  to: [{ email: 'bob@mail.example', name: null }],
  subject: 'Hello',
  text: 'Hi Bob',
  html: null,
};

const bytesOf = (over: Partial<Draft>): Buffer => {
  const { header, body } = compose({ ...draft, ...over });
  return Buffer.concat([Buffer.from(`${header}\r\n`, 'utf8'), ...body]);
};
const parsed = (over: Partial<Draft>) => PostalMime.parse(bytesOf(over));
const lines = (text: string | undefined) => (text ?? '').replace(/\r\n|\r/g, '\n').replace(/\n+$/, '');

/** What the API lets into a header: no control characters, and no white space that readers collapse. */
const phrase = fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) =>
  text
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .normalize(),
);
const content = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3_000 }),
  fc
    .array(fc.constantFrom('a', ' ', '\t', '.', '=', '\r', '\n', '\r\n', 'é', '漢', '😀', 'From ', '--=_'), {
      maxLength: 2_500,
    })
    .map((pieces) => pieces.join('')),
);

describe('a composed message', () => {
  it('is plain text as one reads it, where nothing needs more', () => {
    expect(bytesOf({}).toString()).toBe(
      [
        'Date: Sun, 1 Mar 2026 09:05:07 +0000',
        'From: "Ann" <ann@agents.example>',
        'To: bob@mail.example',
        'Subject: Hello',
        'Message-ID: <msg_1@agents.example>',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: 7bit',
        '',
        'Hi Bob',
        '',
      ].join('\r\n'),
    );
  });

  it('whatever it says, is read as it was meant, and is fit for every hop', async () => {
    const hostile = fc.record({
      subject: phrase,
      name: phrase,
      filename: phrase,
      text: content,
      html: content,
    });
    await fc.assert(
      fc.asyncProperty(hostile, fc.uint8Array({ maxLength: 500 }), async (given, file) => {
        const over: Partial<Draft> = {
          subject: given.subject,
          text: given.text,
          html: `<p>${given.html}</p>`,
          to: [{ email: 'bob@mail.example', name: given.name || null }],
          attachments: [
            {
              filename: given.filename || 'x',
              contentType: 'application/pdf',
              contentId: null,
              content: file,
            },
          ],
        };
        const bytes = bytesOf(over);
        const raw = bytes.toString('latin1');
        expect(raw).not.toMatch(/[^\t\r\n\x20-\x7e]/);
        expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        expect(Math.max(...raw.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(998);
        expect(bytesOf(over).equals(bytes)).toBe(true);

        const mail = await PostalMime.parse(bytes);
        expect(mail.subject ?? '').toBe(given.subject);
        expect(mail.to).toMatchObject([{ name: given.name, address: 'bob@mail.example' }]);
        expect(lines(mail.text)).toBe(lines(given.text.toWellFormed()));
        expect(lines(mail.html)).toBe(lines(`<p>${given.html.toWellFormed()}</p>`));
        expect(mail.attachments).toMatchObject([
          { filename: given.filename || 'x', mimeType: 'application/pdf' },
        ]);
        expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer)).toEqual(Buffer.from(file));
      }),
      { numRuns: 150 },
    );
  });

  it('nests text, what the HTML shows, and attachments, and has no level that it does not need', async () => {
    const logo = {
      filename: 'l.png',
      contentType: 'image/png',
      contentId: 'logo',
      content: Buffer.from('png'),
    };
    const note = {
      filename: 'note.eml',
      contentType: 'message/rfc822',
      contentId: null,
      content: Buffer.from('x'),
    };
    const raw = bytesOf({ html: '<img src="cid:logo">', attachments: [logo, note] }).toString();
    expect(raw.match(/^Content-Type: [^;\r]+/gm)?.map((field) => field.slice(14))).toEqual([
      'multipart/mixed',
      'multipart/related',
      'multipart/alternative',
      'text/plain',
      'text/html',
      'image/png',
      'application/octet-stream',
    ]);
    const mail = await parsed({ html: '<b>', attachments: [note] });
    expect(mail.headers.find(({ key }) => key === 'content-type')?.value).toMatch('multipart/mixed');
    expect(bytesOf({ html: '<b>' }).toString()).not.toContain('multipart/mixed');
  });

  it('threads, within bounds, on what can be an id', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `<${index}@mail.example>`);
    const { references, inReplyTo } = await parsed({
      references: [...ids, '<not an id>', 'x\r\nBcc: eve@mail.example'],
      inReplyTo: ids[99] ?? null,
    });
    expect(references?.split(/\s+/)).toEqual([ids[0], ...ids.slice(-19)]);
    expect(inReplyTo).toBe(ids[99]);
  });

  it.each(['a\r\nBcc: eve@mail.example', 'a\nb', 'a\rb', 'a\0b', 'a\u2028b', 'a\x1bb'])(
    'is not made of a value that would leave its field: %j',
    (value) => {
      const file = { filename: value, contentType: 'text/plain', contentId: null, content: Buffer.from('') };
      const places: Partial<Draft>[] = [
        { subject: value },
        { from: { email: 'ann@agents.example', name: value } },
        { cc: [{ email: `${value}@mail.example`, name: null }] },
        { messageId: `<${value}>` },
      ];
      for (const place of places) expect(() => bytesOf(place)).toThrow('control character');
      expect(() => bytesOf({ attachments: [file] })).toThrow('control character');
    },
  );

  it('names an internationalised domain in ASCII, and says what only UTF-8 can carry', () => {
    const to = (email: string) => compose({ ...draft, to: [{ email, name: null }] });
    expect(to('bob@bücher.example')).toMatchObject({ needsSmtpUtf8: false });
    expect(to('bob@bücher.example').header).toContain('To: bob@xn--bcher-kva.example\r\n');
    expect(to('böb@mail.example')).toMatchObject({ needsSmtpUtf8: true });
  });
});
