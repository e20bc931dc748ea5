import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMessage } from './parse-message.js';

const subject = (value: string) => parseMessage(Buffer.from(`Subject: ${value}\r\n\r\nx`)).headers.subject;

const q = (bytes: Uint8Array, lower: boolean) =>
  [...bytes]
    .map((byte) => {
      const hex = byte.toString(16).padStart(2, '0');
      return byte === 0x20 ? '_' : `=${lower ? hex : hex.toUpperCase()}`;
    })
    .join('');

describe('encoded words', () => {
  it('give a text back however it was cut, folded and encoded', () => {
    const piece = fc.record({
      length: fc.integer({ min: 1, max: 12 }),
      base64: fc.boolean(),
      lower: fc.boolean(),
      padded: fc.boolean(),
      between: fc.constantFrom(' ', '\r\n ', '\r\n\t', '  '),
    });
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((one) => one.isWellFormed() && !/[\p{C}\s]/u.test(one));
    fc.assert(
      fc.property(text, fc.array(piece, { minLength: 1, maxLength: 30 }), (written, pieces) => {
        const bytes = Buffer.from(written);
        const words: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const { length, base64, lower, padded, between } = pieces[turn % pieces.length]!;
          const part = bytes.subarray(at, at + length);
          const b64 = padded ? part.toString('base64') : part.toString('base64').replace(/=+$/, '');
          const charset = lower ? 'utf-8' : 'UTF-8';
          const word = base64
            ? `=?${charset}?${lower ? 'b' : 'B'}?${b64}?=`
            : `=?${charset}?${lower ? 'q' : 'Q'}?${q(part, lower)}?=`;
          words.push(turn > 0 ? between + word : word);
          at += length;
        }
        expect(subject(words.join(''))).toBe(written);
      }),
      { seed: 2_047, numRuns: 200 },
    );
  });

  it.each([
    ['a b_c', '=?utf-8?q?a_b=5fc?='],
    ['"ü"', '"=?utf-8?q?=C3=BC?="'],
    ['xay', 'x=?utf-8?Q?a?=y'],
    ['a b ü', '=?utf-8?Q?a b =C3=BC?='],
    ['a', '=?utf-8*en?Q?a?='],
    ['日本', '=?ISO-2022-JP?B?GyRCRnw=?= =?ISO-2022-JP?B?S1wbKEI=?='],
    ['日本', '=?ISO-2022-JP?B?GyRCRnwbKEI=?= =?ISO-2022-JP?B?GyRCS1wbKEI=?='],
    ['ü', '=?x-none?q?=C3=BC?='],
    ['a=zzb=4', '=?utf-8?Q?a=zzb=4?='],
    ['Grüße ü', 'Grüße =?utf-8?Q?=C3=BC?='],
    ['a Bcc: x', '=?utf-8?Q?a=0D=0ABcc:_x?='],
    ['=?utf-8?Q?abc', '=?utf-8?Q?abc'],
    ['=?utf-8?X?abc?=', '=?utf-8?X?abc?='],
    ['“a” €', '=?iso-8859-1?Q?=93a=94_=80?='],
  ])('show %s', (shown, written) => {
    expect(subject(written)).toBe(shown);
  });
});
