import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DotDecoder, Inspector } from './content.js';

/** The same by the book, with all of it in hand. */
const byTheBook = (wire: string) => {
  const whole = `\r\n${wire}`;
  const end = whole.indexOf('\r\n.\r\n');
  const content = (end < 0 ? whole : whole.slice(0, end + 2)).replaceAll('\r\n.', '\r\n').slice(2);
  return { content, rest: end < 0 ? null : whole.slice(end + 5) };
};

const decode = (pieces: readonly string[]) => {
  const decoder = new DotDecoder();
  let content = '';
  for (const [at, piece] of pieces.entries()) {
    const fed = decoder.feed(Buffer.from(piece, 'latin1'));
    content += fed.content.toString('latin1');
    if (fed.rest) return { content, rest: fed.rest.toString('latin1') + pieces.slice(at + 1).join('') };
  }
  return { content, rest: null };
};

const piece = fc.string({ unit: fc.constantFrom('\r', '\n', '.', 'a'), maxLength: 8 });

describe('the content of DATA', () => {
  it('is the same wherever the network cut it', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const wire = `${pieces.join('')}x\r\n.\r\nQUIT`;
        const cut = [...pieces, 'x', '\r', '\n.', '\r\nQUIT'];
        expect(decode(cut)).toEqual(byTheBook(wire));
        expect(decode([wire])).toEqual(byTheBook(wire));
        expect(decode([...wire])).toEqual(byTheBook(wire));
      }),
      { numRuns: 500 },
    );
  });

  it.each(['\n.\n', '\r.\r', '\n.\r\n', '\r\n.\n', '\r.\r\n', '\r\n.\r', '\n.\r', '\r.\n'])(
    'does not end at %j',
    (forged) => {
      const { content, rest } = decode([`a${forged}MAIL FROM:<x@y>\r\n.\r\n`]);
      expect(rest).toBe('');
      expect(content).toBe(`a${forged.replace('\r\n.', '\r\n')}MAIL FROM:<x@y>\r\n`);
    },
  );

  it('comes in one piece, however many dots were taken out of it', () => {
    const { content } = new DotDecoder().feed(Buffer.from('\r\n..'.repeat(10_000)));
    expect(content.length).toBe(30_000);
  });

  it('is empty when the dot comes at once', () => {
    expect(decode(['.\r\nQUIT\r\n'])).toEqual({ content: '', rest: 'QUIT\r\n' });
    expect(decode(['..\r\n.\r\n'])).toEqual({ content: '.\r\n', rest: '' });
  });
});

describe('the inspector', () => {
  const received = (...pieces: readonly string[]) => {
    const inspector = new Inspector();
    for (const each of pieces) inspector.see(Buffer.from(each, 'latin1'));
    return inspector;
  };

  it('counts Received fields of the header alone, in any case, cut anywhere', () => {
    const mail =
      'Received: a\r\n\tby b\r\nRECEIVED:c\r\nReceived \t: d\r\nX-Received: e\r\n\r\nReceived: body\r\n';
    expect(received(mail)).toMatchObject({ received: 3, size: mail.length });
    expect(received(...mail)).toMatchObject({ received: 3, size: mail.length });
  });
});
