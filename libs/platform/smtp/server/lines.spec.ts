import { describe, expect, it } from '@jest/globals';
import { LineReader } from './lines.js';

const read = (...pieces: readonly string[]) => {
  const reader = new LineReader(16);
  const found: string[] = [];
  for (const piece of pieces) {
    reader.add(Buffer.from(piece, 'latin1'));
    for (let taken = reader.next(); taken; taken = reader.next())
      found.push('line' in taken ? taken.line.toString('latin1') : taken.fault);
  }
  return found;
};

describe('command lines', () => {
  it.each([
    ['end with CRLF', 'NOOP\r\nQUIT\r\nRS', ['NOOP', 'QUIT']],
    [
      'are refused piece by piece when they hold a bare LF',
      'NOOP\nMAIL\nRSET\r\nQUIT\r\n',
      ['bad', 'bad', 'bad', 'QUIT'],
    ],
    ['are refused with a bare CR', 'NO\rOP\r\nQUIT\r\n', ['bad', 'QUIT']],
    ['are refused with a NUL', 'NO\0OP\r\nQUIT\r\n', ['bad', 'QUIT']],
    ['may be as long as the limit', `${'a'.repeat(14)}\r\n`, ['a'.repeat(14)]],
    ['may not be longer', `${'a'.repeat(15)}\r\nQUIT\r\n`, ['too-long', 'QUIT']],
    ['are answered before a long one ends', `${'a'.repeat(40)}`, ['too-long']],
    ['go on after a long one', `${'a'.repeat(99)}\r\nQUIT\r\n`, ['too-long', 'QUIT']],
    ['hide nothing in a long one', `${'a'.repeat(99)}\nMAIL\r\nQUIT\r\n`, ['too-long', 'bad', 'QUIT']],
  ])('%s', (_, wire, lines) => {
    expect(read(wire)).toEqual(lines);
    expect(read(...wire)).toEqual(lines);
  });
});
