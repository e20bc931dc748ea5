import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMessage } from './parse-message.js';

const attached = (...fields: string[]) => {
  const raw = ['From: a@a.example', ...fields, '', 'x'].join('\r\n');
  return parseMessage(Buffer.from(raw)).attachments[0]?.filename;
};

const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Cut anywhere, within characters too. */
const cut = (encoded: string, lengths: readonly number[]): string[] => {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < encoded.length; turn++) {
    const length = 3 * lengths[turn % lengths.length]!;
    pieces.push(encoded.slice(at, at + length));
    at += length;
  }
  return pieces;
};

describe('the name of an attachment', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    .filter((one) => one.isWellFormed() && !/[\p{C}\s\\/]/u.test(one) && !/^\.+$/.test(one));
  const lengths = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 8 });

  it('is the same in sections of any length and order, beside a plain one or alone', () => {
    fc.assert(
      fc.property(
        name,
        lengths,
        fc.boolean(),
        fc.constantFrom('', 'filename="plain.txt"', 'size=3'),
        fc.constantFrom('; ', ';\r\n ', ';\r\n\t', ' ;'),
        (written, sizes, reversed, beside, between) => {
          const sections = cut(percent(written), sizes).map(
            (piece, at) => `filename*${at}*=${at === 0 ? "utf-8''" : ''}${piece}`,
          );
          const list = [...(reversed ? sections.reverse() : sections), beside].filter(Boolean);
          expect(attached(`Content-Disposition: attachment; ${list.join(between)}`)).toBe(written);
        },
      ),
      { seed: 2_231, numRuns: 200 },
    );
  });

  it.each([
    ["it's.txt", "filename*=utf-8''it's.txt"],
    ['100%%zz%.txt', "filename*=utf-8''100%25%zz%.txt"],
    ['ü.txt', 'filename*=%C3%BC.txt'],
    ['ü.txt', 'filename*="utf-8\'\'%C3%BC.txt"'],
    ['ü.txt', "filename*=x-none''%C3%BC.txt"],
    ['При.txt', "filename*=koi8-r'ru'%F0%D2%C9.txt"],
    ['b.txtc', 'filename*1=b.txt; filename*2=c'],
    ['ac', 'filename*0=a; filename*2=c'],
    ['a;b.txt', 'filename*0="a;"; filename*1="b.txt"'],
    ['abcdefghijkl', [...'abcdefghijkl'].map((letter, at) => `filename*${at}=${letter}`).join('; ')],
    ['a%20b.txt', 'filename="a%20b.txt"'],
    ['üü.txt', 'filename="=?utf-8?B?w7w=?=\r\n =?utf-8?B?w7w=?=.txt"'],
    ['a b.pdf', 'filename = "a b.pdf"'],
    ['a b.pdf', 'filename="a b.pdf'],
    ['a.pdf', 'filename=a.pdf (comment)'],
    ['a.pdf', 'filename=a.pdf (one) (two); size=3'],
    ['a.pdf', 'filename=a.pdf (unclosed'],
    ['my file (1).pdf', 'filename=my file (1).pdf; size=3'],
    ['invoice fdp.exe', "filename*=utf-8''invoice%D8%9Cfdp.exe"],
    ['a.pdf', 'FILENAME=a.pdf; filename=b.pdf'],
    ['ü.txt', "filename*0=a; filename*=utf-8''%C3%BC.txt; filename*1=b"],
    ['ab', "filename*0=a; filename*1=b; filename*0*=utf-8''c; filename*1*=d"],
    ['ü.txt', "filename *=utf-8''%C3%BC.txt"],
    ['plain.txt', "filename*=utf-8''%FC.txt; filename=plain.txt"],
    ['\uFFFD.txt', "filename*=utf-8''%FC.txt"],
    ['日.pdf', 'filename="\x1b$BF|\x1b(B.pdf"'],
  ])('is %s', (shown, parameter) => {
    expect(attached(`Content-Disposition: attachment; ${parameter}`)).toBe(shown);
  });

  it.each([
    ['filename.pdf', 'application/pdf; name=name.pdf', 'attachment; filename=filename.pdf'],
    ['name.pdf', 'application/pdf; name=name.pdf', 'attachment; filename=""'],
    ['name.pdf', 'application/pdf; name=name.pdf', 'attachment; filename="///"'],
    ['name.pdf', 'application/pdf name="name.pdf"', 'attachment'],
    ['a b.pdf', 'application/pdf', 'attachment filename="a b.pdf"'],
    ['a.pdf', 'application/pdf', 'filename=a.pdf'],
    ['a.pdf', 'application/pdf;; name=a.pdf', ';'],
    ['attachment-1.pdf', 'application/pdf', 'attachment'],
    ['attachment-1.txt', 'nonsense', 'attachment'],
  ])('is %s, of the type %s with the disposition %s', (shown, type, disposition) => {
    expect(attached(`Content-Type: ${type}`, `Content-Disposition: ${disposition}`)).toBe(shown);
  });
});
