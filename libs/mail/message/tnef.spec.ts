import { describe, expect, it } from '@jest/globals';
import { readCompressedRtf } from './compressed-rtf.js';
import { parseMessage } from './parse-message.js';
import { readRtf } from './rtf.js';
import { readTnef } from './tnef.js';

const uint16 = (value: number) => Buffer.of(value & 255, value >> 8);
const uint32 = (value: number) =>
  Buffer.of(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24);
const attribute = (id: number, value: Buffer) =>
  Buffer.concat([Buffer.of(2), uint32(id), uint32(value.length), value, uint16(0)]);

type Property = readonly [type: number, id: number, value: Buffer];
const padded = (value: Buffer) => Buffer.concat([value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
const properties = (...list: Property[]) =>
  Buffer.concat([
    uint32(list.length),
    ...list.flatMap(([type, id, value]) => [
      uint16(type),
      uint16(id),
      uint32(1),
      uint32(value.length),
      padded(value),
    ]),
  ]);
const [ANSI, UNICODE, BINARY, OBJECT] = [0x001e, 0x001f, 0x0102, 0x000d];
const unicode = (text: string) => Buffer.from(`${text}\0`, 'utf16le');
const tnef = (...attributes: Buffer[]) => Buffer.concat([uint32(0x223e9f78), uint16(1), ...attributes]);
const message = (...list: Property[]) => attribute(0x00069003, properties(...list));
const attached = (data: Buffer | null, title: string, ...list: Property[]) =>
  Buffer.concat([
    attribute(0x00069002, Buffer.alloc(14)),
    attribute(0x00018010, Buffer.from(`${title}\0`, 'latin1')),
    ...(data ? [attribute(0x0006800f, data)] : []),
    ...(list.length > 0 ? [attribute(0x00069005, properties(...list))] : []),
  ]);

/** A stream whose tokens are all bytes, ended by a reference to where it stands. */
const compressed = (rtf: string): Buffer => {
  const tokens: Buffer[] = [];
  for (let at = 0; at < rtf.length; at += 8)
    tokens.push(Buffer.of(0), Buffer.from(rtf.slice(at, at + 8), 'latin1'));
  const body = Buffer.concat(tokens);
  return Buffer.concat([uint32(body.length + 12), uint32(rtf.length), uint32(0x75465a4c), uint32(0), body]);
};

const HTML_RTF = [
  '{\\rtf1\\ansi\\ansicpg1251\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}{\\f1\\fcharset128 MS Gothic;}}',
  '{\\*\\htmltag19 <html>}{\\*\\mhtmltag84 <a href="x">}\\uc1',
  "{\\*\\htmltag64 <p>}\\htmlrtf {\\b\\htmlrtf0 Hi \\u8364? \\'cf\\'f0\\'e8 {\\f1 \\'93\\'fa\\'96{}}\\{x\\}\\htmlrtf }\\htmlrtf0",
  '{\\*\\htmltag72 </p>}{\\*\\htmltag27 </html>}}',
].join('\r\n');

describe('a winmail.dat', () => {
  it('gives its body in whichever form it has one', () => {
    expect(readTnef(tnef(message([UNICODE, 0x1000, unicode('Grüße')])))?.text).toBe('Grüße');
    const html = message([BINARY, 0x1013, Buffer.from('<p>Hi</p>')]);
    expect(readTnef(tnef(html))?.html).toBe('<p>Hi</p>');
    const rtf = (text: string) => readTnef(tnef(message([BINARY, 0x1009, compressed(text)])));
    expect(
      rtf("{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Arial;}}\\f0 Gr\\'fc\\'dfe\\par an Ann\\tab \\bullet}"),
    ).toMatchObject({
      text: 'Grüße\nan Ann\t•',
      html: null,
    });
    expect(rtf(HTML_RTF)?.html).toContain('<p>Hi € При ');
  });

  it('names its attachments in Unicode where it can', () => {
    const data = Buffer.from('%PDF');
    const named = (title: string, ...list: Property[]) =>
      readTnef(tnef(attached(data, title, ...list)))?.attachments[0]?.filename;
    const [ansi, wide]: [Property, Property] = [
      [ANSI, 0x3707, Buffer.from('?bersicht.pdf\0')],
      [UNICODE, 0x3707, unicode('Übersicht.pdf')],
    ];
    expect(named('UBERSI~1.PDF', ansi, wide)).toBe('Übersicht.pdf');
    expect(named('UBERSI~1.PDF', wide, ansi)).toBe('Übersicht.pdf');
    expect(named('\xdcber.pdf')).toBe('Über.pdf');
    expect(named('', [ANSI, 0x3704, Buffer.from('SHORT.PDF\0')])).toBe('SHORT.PDF');
    expect(named('')).toBe('attachment-1.bin');
  });

  it('opens a message within by its body and what is attached to it', () => {
    const inner = tnef(
      message([UNICODE, 0x1000, unicode('inner text')]),
      attached(Buffer.from('x'), 'deep.txt'),
    );
    const object = Buffer.concat([Buffer.alloc(16), inner]);
    const outer = readTnef(
      tnef(attached(null, '', [OBJECT, 0x3701, object], [UNICODE, 0x3001, unicode('Fwd: Offer')])),
    );
    const shown = outer?.attachments.map(({ filename, content }) => [filename, content.toString()]);
    expect(shown).toEqual([
      ['Fwd: Offer.txt', 'inner text'],
      ['deep.txt', 'x'],
    ]);
  });

  it('opens a message within that stands behind a placeholder, and keeps one that has nothing to show', () => {
    const within = (inner: Buffer) => {
      const object = Buffer.concat([Buffer.alloc(16), inner]);
      const outer = tnef(attached(Buffer.from('placeholder'), 'Offer', [OBJECT, 0x3701, object]));
      return readTnef(outer)?.attachments.map(({ filename, content }) => [filename, content.toString()]);
    };
    const inner = tnef(message([UNICODE, 0x1000, unicode('inner text')]));
    expect(within(inner)).toEqual([['Offer.txt', 'inner text']]);
    expect(within(tnef())).toEqual([['Offer', 'placeholder']]);
    expect(within(Buffer.from('another object'))).toEqual([['Offer', 'placeholder']]);
  });

  it('that was cut off gives what stands in front of the cut', () => {
    const whole = tnef(
      message([BINARY, 0x1009, compressed(HTML_RTF)]),
      attached(Buffer.from('first'), 'a.txt'),
      attached(Buffer.from('second'), 'b.txt'),
    );
    expect(readTnef(whole)?.attachments.length).toBe(2);
    const start = whole.indexOf('second');
    expect(readTnef(whole.subarray(0, start))?.attachments.map(({ filename }) => filename)).toEqual([
      'a.txt',
    ]);
    for (let end = 0; end < whole.length; end += 5) {
      const head = `Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
      const cut = parseMessage(Buffer.from(head + whole.subarray(0, end).toString('base64')));
      expect(cut.unparsed).toBeNull();
    }
  });
});

describe('RTF', () => {
  it('is unpacked with what it refers to, in itself and in what every stream knows', () => {
    // The example of MS-OXRTFCP 3.1.1.
    const example = Buffer.from(
      '2d0000002b0000004c5a4675f1c5c7a703000a0072637067313235423' +
        '20af32068656c090020627705b06c647d0a800fa0',
      'hex',
    );
    expect(readCompressedRtf(example, 1_000)).toBe('{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n');
    expect(readCompressedRtf(example, 5)).toBe('{\\rtf');
    expect(readCompressedRtf(Buffer.from('no rtf at all here'), 1_000)).toBeNull();
  });

  it('has no symbol that only has the name of something that every object has', () => {
    expect(readRtf('{\\rtf1 a\\constructor b\\valueOf c}').text).toBe('abc');
  });

  it('that is hostile is read in time', () => {
    const started = performance.now();
    for (const unit of [
      '{',
      '}',
      '\\',
      "\\'",
      '\\u1',
      '{\\*',
      '\\bin9999999999',
      '{\\f1\\fcharset128',
      "\\'81",
      "\\'81a",
    ])
      readRtf(`{\\rtf1${unit.repeat(500_000 / unit.length)}`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
