import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMessage } from './parse-message.js';

type Tree = Readonly<
  { leaf: 'text' | 'html' | 'file'; content: string } | { kind: string; parts: readonly Tree[] }
>;

/** How a message is written, where it means the same. */
type Manner = Readonly<{
  boundary: string;
  quoted: boolean;
  trailing: string;
  preamble: string;
  epilogue: string;
  unclosed: boolean;
  fold: string;
  upper: boolean;
  newline: string;
}>;

const written = (tree: Tree, manner: Manner, depth = 0): string => {
  const { newline } = manner;
  const field = (name: string, value: string) => {
    const shown = value.replace(/; /g, `;${manner.fold.replace(/\r\n/g, newline)}`);
    return `${manner.upper ? name.toUpperCase() : name}: ${shown}${newline}`;
  };
  if ('leaf' in tree) {
    const { leaf, content } = tree;
    if (leaf === 'file')
      return `${field('Content-Type', 'application/octet-stream; name=f.bin')}${newline}${content}`;
    return `${field('Content-Type', leaf === 'text' ? 'text/plain; charset=utf-8' : 'text/html; charset=utf-8')}${newline}${content}`;
  }
  // One that is longer than that of the multipart around it, and begins like it.
  const boundary = manner.boundary + 'x'.repeat(depth);
  const given = manner.quoted || /[^\w'+=.-]/.test(boundary) ? `"${boundary}"` : boundary;
  const delimiter = (end = '') => `--${boundary}${end}${manner.trailing}${newline}`;
  const parts = tree.parts.map((part) => `${delimiter()}${written(part, manner, depth + 1)}${newline}`);
  const closing = manner.unclosed ? '' : `${delimiter('--')}${manner.epilogue}`;
  const type = field('Content-Type', `multipart/${tree.kind}; boundary=${given}`);
  return `${type}${newline}${manner.preamble}${newline}${parts.join('')}${closing}`;
};

const content = fc
  .stringMatching(/^[a-z]([a-z ]{0,20}[a-z])?$/)
  .filter((text) => !/^(begin|end|from)/.test(text));
const leaf = fc.record({ leaf: fc.constantFrom('text' as const, 'html' as const, 'file' as const), content });
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom('mixed', 'alternative', 'related', 'signed', 'x-unknown'),
      parts: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    }),
  ),
}));
const PLAIN: Manner = {
  boundary: 'b',
  quoted: false,
  trailing: '',
  preamble: '',
  epilogue: '',
  unclosed: false,
  fold: ' ',
  upper: false,
  newline: '\r\n',
};
const manner: fc.Arbitrary<Manner> = fc.record({
  boundary: fc.constantFrom('b', '=_b', '----=_Part_1.2', "a b'()+_,-./:=?", '--', 'B'.repeat(60)),
  quoted: fc.boolean(),
  trailing: fc.constantFrom('', ' ', '\t ', '   '),
  preamble: fc.constantFrom('', 'This is a multi-part message in MIME format.'),
  epilogue: fc.constantFrom('', 'epilogue'),
  unclosed: fc.boolean(),
  fold: fc.constantFrom(' ', '\r\n ', '\r\n\t', ' \r\n\t '),
  upper: fc.boolean(),
  newline: fc.constantFrom('\r\n', '\n'),
});

const shownOf = (raw: string) => {
  const squeezed = (shown: string | null) =>
    shown
      ?.replace(/\s+/g, ' ')
      .replace(/ (?=<\/pre>)/g, '')
      .trim();
  const { unparsed, text, html, attachments } = parseMessage(Buffer.from(`Subject: s\r\n${raw}`));
  const files = attachments.map((one) => [
    one.filename,
    one.contentType,
    Buffer.from(one.content).toString().trim(),
  ]);
  return [unparsed, squeezed(text), squeezed(html), files];
};

describe('the parts of a message', () => {
  it('are the same however they are delimited, folded and ended', () => {
    fc.assert(
      fc.property(tree, manner, (one, way) => {
        expect(shownOf(written(one, way))).toEqual(shownOf(written(one, PLAIN)));
      }),
      { seed: 2_046, numRuns: 400 },
    );
  });

  const read = (...lines: string[]) => shownOf(lines.join('\r\n')).slice(1);
  const MIXED = ['Content-Type: multipart/mixed; boundary=b', ''];
  const FILE = ['--b', 'Content-Type: image/png; name=p.png', '', 'PIC', '--b--'];
  const PICTURE = [['p.png', 'image/png', 'PIC']];

  it('are found without an empty line behind their header, and without a header', () => {
    expect(read(...MIXED, '--b', 'Content-Type: text/plain', 'no blank', ...FILE)).toEqual([
      'no blank',
      undefined,
      PICTURE,
    ]);
    expect(read(...MIXED, '--b', 'no header', ...FILE)).toEqual(['no header', undefined, PICTURE]);
    expect(read(...MIXED, '--b', 'Content-Type: text/plain', ...FILE)).toEqual(['', undefined, PICTURE]);
  });

  it('that use the boundary of the multipart around them belong to the inner one', () => {
    expect(read(...MIXED, '--b', ...MIXED, '--b', '', 'inner', '--b--', ...FILE)).toEqual([
      'inner',
      undefined,
      PICTURE,
    ]);
    const open = ['--b', 'Content-Type: multipart/mixed; boundary=i', '', '--i', '', 'inner'];
    expect(read(...MIXED, ...open, ...FILE)).toEqual(['inner', undefined, PICTURE]);
  });

  it('are shown as text where their boundary never comes', () => {
    expect(
      read('Content-Type: multipart/mixed; boundary=other', '', '--b', '', 'text', '--b--')[0],
    ).toContain('text');
    expect(read('Content-Type: multipart/mixed', '', '--b', '', 'text', '--b--')[0]).toContain('text');
    expect(read(...MIXED, 'text', '--b--', 'epilogue')[0]).toBe('text');
    expect(read(...MIXED, '--b', ...MIXED, 'text', '--b--', ...FILE)).toEqual(['text', undefined, PICTURE]);
    expect(read(...MIXED, '', '--b--', '')[0]).toBeUndefined();
  });

  it('are found where their delimiter follows the header at once', () => {
    const [type] = MIXED;
    const open = ['--b', '', 'text', ...FILE];
    expect(read(type!, ...open)).toEqual(['text', undefined, PICTURE]);
    expect(read(type!, ' ', ...open)).toEqual(['text', undefined, PICTURE]);
    const inner = ['--i', '', 'text', '--i--'];
    expect(read(...MIXED, '--b', 'Content-Type: multipart/mixed; boundary=i', ...inner, ...FILE)).toEqual([
      'text',
      undefined,
      PICTURE,
    ]);
  });

  it('have the type that is told, even where it is a wildcard, and are no text where a file has none', () => {
    const file = (type: string, ...lines: string[]) =>
      read(...MIXED, '--b', `Content-Type: ${type}`, ...lines, '', 'UElD', '--b--')[2];
    const base64 = 'Content-Transfer-Encoding: base64';
    expect(file('image/*; name=p.png', base64)).toEqual([['p.png', 'image/*', 'PIC']]);
    expect(read('Content-Type: multipart/*; boundary=b', '', ...FILE)[2]).toEqual(PICTURE);
    const unknown = [['p.png', 'application/octet-stream', 'PIC']];
    expect(file('; name=p.png', base64)).toEqual(unknown);
    expect(file('png', 'Content-Disposition: attachment; filename=p.png', base64)).toEqual(unknown);
    expect(file(';', base64)).toEqual([]);
    expect(read('Content-Type: ; name=p.txt', '', 'text')[0]).toBe('text');
  });

  it('that others are shown in may stand behind them', () => {
    const page = ['--b', 'Content-Type: text/html', 'Content-ID: <page>', '', '<p>page</p>'];
    const image = ['--b', 'Content-Type: image/png; name=p.png', 'Content-ID: <i>', '', 'PIC'];
    const related = (...rest: string[]) => read(...rest, '--b--').slice(1);
    for (const start of ['', '; start="<page>"'])
      expect(related(`Content-Type: multipart/related; boundary=b${start}`, '', ...image, ...page)).toEqual([
        '<p>page</p>',
        PICTURE,
      ]);
    expect(related('Content-Type: multipart/related; boundary=b', '', ...page, ...image)).toEqual([
      '<p>page</p>',
      PICTURE,
    ]);
  });

  it('that are messages are attached whole, whatever their encoding', () => {
    const inner = 'Subject: Inner\r\n\r\nhello';
    const whole = [['Inner.eml', 'message/rfc822', inner]];
    const encoded = (encoding: string, body: string) =>
      read(
        ...MIXED,
        '--b',
        'Content-Type: message/rfc822',
        `Content-Transfer-Encoding: ${encoding}`,
        '',
        body,
        '--b--',
      )[2];
    expect(encoded('7bit', inner)).toEqual(whole);
    expect(encoded('base64', Buffer.from(inner).toString('base64'))).toEqual(whole);
    expect(encoded('quoted-printable', 'Subject: In=\r\nner\r\n\r\nhel=6Co')).toEqual(whole);
    expect(read('Content-Type: multipart/digest; boundary=b', '', '--b', '', inner, '--b--')[2]).toEqual(
      whole,
    );
  });

  it.each([
    [
      'multipart/signed',
      ['--b', '', 'signed', '--b', 'Content-Type: application/pgp-signature; name=signature.asc', '', 'SIG'],
      ['signed', undefined, [['signature.asc', 'application/pgp-signature', 'SIG']]],
    ],
    [
      'multipart/appledouble',
      [
        ...['--b', 'Content-Type: application/applefile; name=x.pdf', '', 'FORK'],
        ...['--b', 'Content-Type: application/pdf; name=x.pdf', '', 'DATA'],
      ],
      [
        undefined,
        undefined,
        [
          ['x.pdf', 'application/applefile', 'FORK'],
          ['x.pdf', 'application/pdf', 'DATA'],
        ],
      ],
    ],
    [
      'multipart/alternative',
      [
        ...['--b', 'Content-Type: text/html', '', '<p>rich</p>', '--b', '', 'plain'],
        ...['--b', 'Content-Type: text/calendar; method=REQUEST', '', 'BEGIN:VCALENDAR'],
      ],
      ['plain', '<p>rich</p>', [['attachment-1.ics', 'text/calendar', 'BEGIN:VCALENDAR']]],
    ],
    [
      'multipart/mixed',
      [
        ...[
          '--b',
          'Content-Type: text/plain; format=flowed; delsp=yes',
          '',
          'one ',
          'two',
          '> three ',
          '> four',
        ],
        ...[
          '--b',
          '',
          'inline',
          '--b',
          'Content-Type: text/plain',
          'Content-Disposition: attachment',
          '',
          'file',
        ],
      ],
      ['onetwo > threefour inline', undefined, [['attachment-1.txt', 'text/plain', 'file']]],
    ],
  ])('of %s are shown by their kind', (type, lines, shown) => {
    expect(read(`Content-Type: ${type}; boundary=b`, '', ...lines, '--b--')).toEqual(shown);
  });

  it.each([
    ['Text / Plain ; charset = "utf-8"', 'hellö'],
    ['text/plain charset=utf-8', 'hellö'],
    [';;;', 'hellö'],
    ['text', 'hellö'],
    ['text/', 'hellö'],
    ['/plain', 'hellö'],
    ['multipart/mixed; boundary=""', 'hellö'],
    ['"text/plain"; charset=utf-8', 'hellö'],
  ])('of the type %s are text', (type, text) => {
    expect(read(`Content-Type: ${type}`, '', text)[0]).toBe(text);
  });
});
