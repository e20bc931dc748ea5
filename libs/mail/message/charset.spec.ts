import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMessage } from './parse-message.js';

const SEEDED = { seed: 20_260_303, numRuns: 60 } as const;

/** The bytes of each character that a charset has, found by decoding all that its bytes can be. */
const bytesOf = (label: string, two: boolean): Map<string, Buffer> => {
  const decoder = new TextDecoder(label, { fatal: true });
  const found = new Map<string, Buffer>();
  const learn = (...bytes: number[]) => {
    try {
      const letter = decoder.decode(Uint8Array.from(bytes));
      if ([...letter].length === 1 && !found.has(letter) && /[^\p{C}\p{Z}]/u.test(letter))
        found.set(letter, Buffer.from(bytes));
    } catch {
      // There is nothing at these bytes.
    }
  };
  for (let high = 0x80; high < 0x100; high++) {
    learn(high);
    if (two) for (let low = 0x40; low < 0x100; low++) learn(high, low);
  }
  return found;
};

const iso2022jp = (): Map<string, Buffer> => {
  const found = new Map<string, Buffer>();
  for (const [letter, bytes] of bytesOf('euc-jp', true))
    if (bytes.length === 2 && bytes.every((byte) => byte > 0xa0))
      found.set(
        letter,
        Buffer.concat([
          Buffer.from('\x1b$B'),
          Buffer.from(bytes.map((b) => b & 0x7f)),
          Buffer.from('\x1b(B'),
        ]),
      );
  return found;
};

/** Labels of one charset, as mailers write them. */
const CHARSETS: readonly (readonly [Map<string, Buffer>, readonly string[]])[] = [
  ...['1250', '1251', '1252', '1253', '1254', '1255', '1256', '1257', '1258', '874'].map(
    (number) =>
      [
        bytesOf(`windows-${number}`, false),
        [`windows-${number}`, `Windows-${number}`, `cp${number}`],
      ] as const,
  ),
  [bytesOf('iso-8859-1', false), ['iso-8859-1', 'ISO8859-1', 'iso_8859-1:1987', 'latin1', 'cp1252']],
  [bytesOf('iso-8859-2', false), ['ISO-8859-2', 'latin2']],
  [bytesOf('iso-8859-15', false), ['iso-8859-15', 'ISO_8859-15']],
  [bytesOf('koi8-r', false), ['koi8-r', 'KOI8-R']],
  [bytesOf('koi8-u', false), ['koi8-u']],
  [
    bytesOf('shift_jis', true),
    ['Shift_JIS', 'shift-jis', 'x-sjis', 'cp932', 'windows-31j', 'ms932', 'windows-932'],
  ],
  [bytesOf('euc-jp', true), ['EUC-JP', 'x-euc-jp', 'cp51932']],
  [bytesOf('euc-kr', true), ['euc-kr', 'ks_c_5601-1987', 'cp949']],
  [bytesOf('gb18030', true), ['gb18030', 'GB18030']],
  [bytesOf('gbk', true), ['gb2312', 'GBK', 'cp936', 'x-gbk', 'windows-936']],
  [bytesOf('big5', true), ['big5', 'Big5-HKSCS', 'cp950', 'windows-950']],
  [iso2022jp(), ['iso-2022-jp', 'ISO-2022-JP', 'iso-2022-jp-ms', 'cp50220']],
];

const quotedPrintable = (bytes: Buffer) =>
  [...bytes].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

const ENCODED: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['8bit', (bytes) => bytes],
  ['base64', (bytes) => Buffer.from(bytes.toString('base64'))],
  ['quoted-printable', (bytes) => Buffer.from(quotedPrintable(bytes))],
];

const mail = (head: string, body: Buffer | string = '') =>
  parseMessage(
    Buffer.concat([Buffer.from(`From: a@a.example\r\n${head}\r\n\r\n`, 'latin1'), Buffer.from(body)]),
  );

/** An index for each letter, so that any list of them makes a text. */
const letters = fc.array(fc.nat(), { minLength: 1, maxLength: 30 });

describe('text in any charset', () => {
  it.each(CHARSETS.map(([table, labels]) => [labels[0]!, labels, table] as const))(
    'is shown in its letters, wherever it stands: %s',
    (_, labels, table) => {
      const known = [...table.keys()];
      expect(known.length).toBeGreaterThan(80);
      fc.assert(
        fc.property(
          letters,
          fc.constantFrom(...labels),
          fc.constantFrom(...ENCODED),
          (at, label, [cte, encode]) => {
            const text = at.map((one) => known[one % known.length]!).join('');
            const bytes = Buffer.concat([...text].map((letter) => table.get(letter)!));
            const body = mail(
              `Content-Type: text/plain; charset="${label}"\r\nContent-Transfer-Encoding: ${cte}`,
              encode(bytes),
            );
            expect(body.text).toBe(text);
            const subject = `Subject: =?${label}?B?${bytes.toString('base64')}?=`;
            expect(mail(subject).headers.subject).toBe(text);
            const q = `Subject: =?${label}?q?${quotedPrintable(bytes)}?=`;
            expect(mail(q).headers.subject).toBe(text);
            const name = `Content-Disposition: attachment; filename*=${label}''a${quotedPrintable(bytes).replace(/=/g, '%')}`;
            expect(mail(name).attachments[0]!.filename).toContain(text.replace(/^.*[\\/]/s, ''));
          },
        ),
        SEEDED,
      );
    },
  );

  it.each([
    ['utf-8', 'Grüße'],
    ['UTF8', 'Grüße'],
    ["'utf-8'", 'Grüße'],
    ['"utf-8;"', 'Grüße'],
    ['utf-8,', 'Grüße'],
    ['3Dutf-8', 'Grüße'],
    ['', 'Grüße'],
    ['us-ascii', 'Grüße'],
    ['unknown-8bit', 'Grüße'],
    ['x-no-such-charset', 'Grüße'],
    ['constructor', 'Grüße'],
    ['__proto__', 'Grüße'],
    [`x-${'long'.repeat(30)}`, 'Grüße'],
    ['utf-8; charset=iso-8859-1', 'Grüße'],
    // A label that is known is believed, though it be wrong.
    ['iso-8859-1', 'GrÃ¼ÃŸe'],
  ])('of UTF-8 with the label %s', (label, shown) => {
    expect(mail(`Content-Type: text/plain; charset=${label}`, 'Grüße').text).toBe(shown);
  });

  it('of a header that is labelled like something every object has', () => {
    const subject = ['constructor', '__proto__', 'toString'].map((label) => `=?${label}?q?Gr=C3=BC=C3=9Fe?=`);
    const { headers, unparsed } = mail(`Subject: ${subject.join(' ')}`, 'x');
    expect([headers.subject, unparsed]).toEqual(['GrüßeGrüßeGrüße', null]);
  });

  it('that is not what its label says', () => {
    const latin1 = Buffer.from('Grüße', 'latin1');
    expect(mail('Content-Type: text/plain; charset=x-none', latin1).text).toBe('Grüße');
    expect(mail('Content-Type: text/plain', latin1).text).toBe('Grüße');
    expect(mail('Content-Type: text/plain; charset=utf-8', latin1).text).toBe('Gr\uFFFD\uFFFDe');
    expect(mail('Content-Type: text/plain', '\x1b$BF|K\\\x1b(B').text).toBe('日本');
    const page = Buffer.from('<meta charset="windows-1251"><p>\xcf\xf0\xe8</p>', 'latin1');
    expect(mail('Content-Type: text/html', page).text).toBe('При');
    expect(mail('Content-Type: text/html', Buffer.from('<meta charset=koi8-r><p>При</p>')).text).toBe('При');
  });

  it('that is UTF-8 but for what was cut off', () => {
    const broken = Buffer.from('Übersicht für größere Häü').subarray(0, -1);
    const shown = 'Übersicht für größere Hä\uFFFD';
    expect(mail('Content-Type: text/plain', broken).text).toBe(shown);
    const raw = Buffer.concat([Buffer.from('Subject: '), broken, Buffer.from('\r\n\r\nx')]);
    expect(parseMessage(raw).headers.subject).toBe(shown);
    expect(mail('Content-Type: text/plain', Buffer.from('\xc3\x9f and Gr\xfc\xdfe', 'latin1')).text).toBe(
      'ÃŸ and Grüße',
    );
  });

  it('in UTF-16 and UTF-7, with and without a mark of the byte order', () => {
    const little = Buffer.from('Grüße €', 'utf16le');
    const big = Buffer.from(little).swap16();
    const read = (label: string, ...bytes: Buffer[]) =>
      mail(
        `Content-Type: text/plain; charset=${label}\r\nContent-Transfer-Encoding: base64`,
        Buffer.concat(bytes).toString('base64'),
      ).text;
    for (const shown of [
      read('utf-16', Buffer.of(0xff, 0xfe), little),
      read('utf-16', Buffer.of(0xfe, 0xff), big),
      read('utf-16', little),
      read('utf-16', big),
      read('utf-16le', little),
      read('UTF-16BE', big),
      read('utf-7', Buffer.from('Gr+APwA3w-e +IKw-')),
      read('utf-8', Buffer.of(0xef, 0xbb, 0xbf), Buffer.from('Grüße €')),
    ])
      expect(shown).toBe('Grüße €');
  });

  it('raw in a header is read in the charset of the body', () => {
    const raw = (text: string, type = '') =>
      parseMessage(Buffer.from(`Subject: ${text}\r\n${type}\r\n\r\nx`, 'latin1')).headers.subject;
    expect(raw('\xcf\xf0\xe8', 'Content-Type: text/plain; charset="windows-1251"')).toBe('При');
    expect(raw('\x93\xfa\x96\x7b', 'Content-Type: text/plain; charset=Shift_JIS')).toBe('日本');
    expect(raw('\x1b$BF|K\\\x1b(B', 'Content-Type: text/plain')).toBe('日本');
    expect(raw('Gr\xfc\xdfe', 'Content-Type: text/plain; charset=utf-8')).toBe('Grüße');
    expect(raw('Gr\xc3\xbc\xc3\x9fe', 'Content-Type: text/plain; charset=iso-8859-1')).toBe('Grüße');
  });
});
