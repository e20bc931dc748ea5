import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeTransfer } from './transfer-encoding.js';

const decoded = (encoding: string, text: string) => decodeTransfer(Buffer.from(text), encoding).toString();

describe('a transfer encoding', () => {
  it('base64 is undone whatever its lines, what stands between them, and its padding', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom('\r\n', '\n', ' \r\n', '\r\n\r\n', '!\r\n', '\0'),
        fc.boolean(),
        (bytes, width, between, padded) => {
          const text = Buffer.from(bytes)
            .toString('base64')
            .replace(padded ? '' : /=+$/, '');
          const lines = text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
          expect(decodeTransfer(Buffer.from(lines.join(between)), 'base64')).toEqual(Buffer.from(bytes));
        },
      ),
      { seed: 64, numRuns: 200 },
    );
  });

  it('quoted-printable is undone whatever was encoded and where its lines break', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.tuple(fc.boolean(), fc.constantFrom('', '', '', '=\r\n', '=\n', '= \t\r\n')), {
          minLength: 1,
        }),
        (bytes, ways) => {
          const text = [...bytes].map((byte, at) => {
            const [lower, soft] = ways[at % ways.length]!;
            const hex = byte.toString(16).padStart(2, '0');
            const plain = byte > 0x20 && byte < 0x7f && byte !== 0x3d;
            return (
              (plain && lower ? String.fromCharCode(byte) : `=${lower ? hex : hex.toUpperCase()}`) + soft
            );
          });
          expect(decodeTransfer(Buffer.from(text.join('')), 'quoted-printable')).toEqual(Buffer.from(bytes));
        },
      ),
      { seed: 3_520, numRuns: 200 },
    );
  });

  it.each([
    ['base64', 'aGVsbG8=\r\nd29ybGQ=', 'helloworld'],
    ['base64', 'aA==aQ==', 'hi'],
    ['base64', 'aGVsbG8=\r\n\r\n-- \r\nFooter of a list', 'hello'],
    ['quoted-printable', 'hello=', 'hello'],
    ['quoted-printable', 'a=XY b= c=3', 'a=XY b= c=3'],
    ['quoted-printable', 'a  \r\nb=20 \r\n', 'a\r\nb \r\n'],
    ['quoted-printable', 'ü=C3=BC', 'üü'],
    ['x-uuencode', 'begin 644 a.txt\r\n%:&5L;&\\\r\n`\r\nend\r\n', 'hello'],
    ['uuencode', 'begin 644 a.txt\n%:&5L;&\\\n', 'hello'],
    ['binary', 'grü', 'grü'],
    ['x-unknown', 'grü', 'grü'],
  ])('%s of %j', (encoding, text, bytes) => expect(decoded(encoding, text)).toBe(bytes));
});
