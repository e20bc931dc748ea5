import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAddressList, parseAddresses } from './address-list.js';
import { canonicalAddress, parseMailbox, withoutTag } from './mailbox.js';
import { addressPieces } from '../message/header-encoding.js';

const one = (value: string) => parseAddresses(value)[0];

describe('an address list', () => {
  it.each([
    ['ann@mail.example', 'ann@mail.example', null],
    ['Ann Smith <ann@Mail.Example>', 'ann@mail.example', 'Ann Smith'],
    ['"Smith, Ann" <ann@mail.example>', 'ann@mail.example', 'Smith, Ann'],
    ['"Ann \\"A\\" Smith" <ann@mail.example>', 'ann@mail.example', 'Ann "A" Smith'],
    ['ann@mail.example (Ann (of Acme))', 'ann@mail.example', 'Ann (of Acme)'],
    ['<@relay.example,@other.example:ann@mail.example>', 'ann@mail.example', null],
    ['ann . smith @ mail . example', 'ann.smith@mail.example', null],
    ['"ann smith"@mail.example', '"ann smith"@mail.example', null],
    ['"ann.smith"@mail.example', 'ann.smith@mail.example', null],
    ['=?utf-8?q?J=C3=BCrgen=2C?= =?utf-8?q?_Dr=2E?= <j@mail.example>', 'j@mail.example', 'Jürgen, Dr.'],
    ['"=?iso-8859-1?Q?J=FCrgen?=" <j@mail.example>', 'j@mail.example', 'Jürgen'],
    ['用户@例子.example', '用户@xn--fsqu00a.example', null],
    ['<mailto:ann@mail.example>', 'ann@mail.example', null],
    ['Ann [mailto:ann@mail.example]', 'ann@mail.example', 'Ann'],
    ['Ann ann@mail.example', 'ann@mail.example', 'Ann'],
    ['"Smith, Ann" ann@mail.example', 'ann@mail.example', 'Smith, Ann'],
    ['ann@mail.example Ann Smith', 'ann@mail.example', 'Ann Smith'],
    ['(Ann) ann@mail.example', 'ann@mail.example', 'Ann'],
    ['Ann <ann@mail.example', 'ann@mail.example', 'Ann'],
    ['ann@mail.example>', 'ann@mail.example', null],
    ['Ann <<ann@mail.example>>', 'ann@mail.example', 'Ann'],
    ['Ann <"ann@mail.example">', 'ann@mail.example', 'Ann'],
    ['Ann@work <ann@mail.example>', 'ann@mail.example', 'Ann@work'],
    ['<ann@mail.example> Ann', 'ann@mail.example', 'Ann'],
    ['Dr. Ann B. Smith <ann@mail.example>', 'ann@mail.example', 'Dr. Ann B. Smith'],
    ['Ann "The" Smith <ann@mail.example>', 'ann@mail.example', 'Ann The Smith'],
    ['=?utf-8?Q?Ann_<eve@b.example>?= <ann@mail.example>', 'ann@mail.example', 'Ann <eve@b.example>'],
    ['=?utf-8?B?SsO8cmdlbiA8akBtYWlsLmV4YW1wbGU+?=', 'j@mail.example', 'Jürgen'],
    ['=?utf-8?Q?J=C3=BCrgen_<j@mail.example>?=', 'j@mail.example', 'Jürgen'],
    ['"eve@b.example" <ann@mail.example>', 'ann@mail.example', 'eve@b.example'],
    ['"a\\"b"@mail.example', '"a\\"b"@mail.example', null],
    ['ann@[192.0.2.1]', 'ann@[192.0.2.1]', null],
    ['Jürgen <jürgen@bücher.example>', 'jürgen@xn--bcher-kva.example', 'Jürgen'],
  ])('reads %s', (value, email, name) => {
    expect(one(value)).toEqual({ email, name });
  });

  it('opens groups and leaves out what is no address', () => {
    expect(parseAddressList('Team: ann@a.example, Bob <b@b.example>; , nobody, c@c.example')).toEqual([
      { email: 'ann@a.example', name: null, group: 'Team' },
      { email: 'b@b.example', name: 'Bob', group: 'Team' },
      { email: 'c@c.example', name: null, group: null },
    ]);
    expect(parseAddresses('undisclosed-recipients:;')).toEqual([]);
    expect(parseAddresses('Ann Smith')).toEqual([]);
    expect(parseAddresses('Ann <>, <>, "Ann <ann@a.example>", =?utf-8?Q?ann=40a.example?=')).toEqual([]);
    expect(parseAddresses('=?utf-8?Q?Ann_<ann@a.example>?= <nobody>')).toEqual([]);
    expect(parseAddresses('"=?utf-8?Q?Ann_<ann@a.example>?="')).toEqual([]);
    expect(parseAddressList('All: One: a@a.example;, Two: b@b.example;; c@c.example')).toEqual([
      { email: 'a@a.example', name: null, group: 'One' },
      { email: 'b@b.example', name: null, group: 'Two' },
      { email: 'c@c.example', name: null, group: null },
    ]);
    expect(parseAddresses('a@a.example;b@b.example').map(({ email }) => email)).toEqual([
      'a@a.example',
      'b@b.example',
    ]);
  });

  it('gives back every name and address that we write', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    const visible = name.filter(
      (text) => !/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text) && text.trim() === text,
    );
    fc.assert(
      fc.property(
        fc.array(
          visible.filter((text) => !/\s\s|=\?/.test(text)),
          { maxLength: 5 },
        ),
        (names) => {
          const list = names.map((each, index) => ({ email: `u${index}@mail.example`, name: each }));
          const read = parseAddresses(addressPieces('To', list).join(' '));
          expect(read).toEqual(
            list.map(({ email, name: each }) => ({ email, name: each.replace(/\s+/g, ' ') })),
          );
        },
      ),
    );
  });

  it('takes time that grows with the length alone', () => {
    const started = performance.now();
    for (const unit of [
      '(',
      '"',
      '<',
      ',',
      ':',
      ';',
      'a@b.example,',
      '(a',
      '\\',
      '<@a,',
      'a:',
      '"a"@',
      '=?a?q?',
      'x@y:',
      'mailto:',
      'a@ ',
      ' .',
      '=?a?q?@?=',
      '"a" ',
    ])
      parseAddresses(unit.repeat(300_000 / unit.length));
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('one address', () => {
  it.each([
    ['Ann@Mail.EXAMPLE', 'Ann@mail.example'],
    ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
    ['ann+tag@mail.example.', 'ann+tag@mail.example'],
    ['"ann"@mail.example', 'ann@mail.example'],
    ['jürgen@mail.example', 'jürgen@mail.example'],
  ])('%s is %s', (text, email) => {
    expect(parseMailbox(text)?.email).toBe(email);
    expect(canonicalAddress(email)).toBe(email);
  });

  it.each([
    '',
    'ann',
    '@mail.example',
    'ann@',
    'ann@localhost',
    'ann@-a.example',
    'ann@a..example',
    'a b@mail.example',
    '.ann@mail.example',
    'ann.@mail.example',
    'ann@[192.0.2.1]',
    'ann@192.0.2.1',
    'ann@mail.example\r\nBcc: x@y.example',
    '\ud800ann@mail.example',
    `${'a'.repeat(65)}@mail.example`,
    `ann@${'a.'.repeat(130)}example`,
    'Ann <ann@mail.example>',
    'ann@mail.example,b@c.example',
  ])('%j is none', (text) => expect(parseMailbox(text)).toBeNull());

  it('loses its tag, and only that', () => {
    expect(withoutTag('ann+news+x@mail.example')).toBe('ann@mail.example');
    expect(withoutTag('+ann@mail.example')).toBe('+ann@mail.example');
    expect(withoutTag('ann@a+b.example')).toBe('ann@a+b.example');
  });
});
