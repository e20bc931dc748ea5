import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePath } from './path.js';

const addressOf = (text: string) => parsePath(text)?.address;

describe('a path', () => {
  it.each([
    ['<a@b.test>', 'a', 'b.test'],
    [' <a@B.Test> ', 'a', 'b.test'],
    ['<Jane.Doe+tag@b.test>', 'Jane.Doe+tag', 'b.test'],
    ['<"a b>"@b.test>', 'a b>', 'b.test'],
    ['<"a\\"b"@b.test>', 'a"b', 'b.test'],
    ['<@relay.test,@other.test:a@b.test>', 'a', 'b.test'],
    ['<a@[127.0.0.1]>', 'a', '[127.0.0.1]'],
    ['<a@[IPv6:::1]>', 'a', '[::1]'],
    ['<jürgen@bücher.test>', 'jürgen', 'xn--bcher-kva.test'],
    ['<a@localhost>', 'a', 'localhost'],
    [`<${'srs0='.repeat(30)}@b.test>`, 'srs0='.repeat(30), 'b.test'],
    ['<PostMaster>', 'PostMaster', ''],
  ])('%s is read', (text, local, domain) => expect(addressOf(text)).toMatchObject({ local, domain }));

  it('of the null sender has no address', () => expect(addressOf('<>')).toBeNull());

  it.each([
    'a@b.test',
    '<a@b.test',
    '<a b@c.test>',
    '<a..b@c.test>',
    '<.a@c.test>',
    '<a@b..test>',
    '<a@-b.test>',
    '<a@>',
    '<@b.test>',
    '<root>',
    '<a@b.test>SIZE=1',
    '<a@b.test> SIZE=1 SIZE=2',
    '<a@[300.0.0.1]>',
    '<a@b@c.test>',
    '<a@0x7f.1/x>',
    `<${'a'.repeat(257)}@b.test>`,
    `<a@${'b'.repeat(64)}.test>`,
    `<a@${'b.'.repeat(130)}test>`,
  ])('%s is malformed', (text) => expect(parsePath(text)).toBeNull());

  it('has parameters', () => {
    const parameters = parsePath('<a@b.test> size=12  SMTPUTF8')?.parameters;
    expect([...(parameters ?? [])]).toEqual([
      ['SIZE', '12'],
      ['SMTPUTF8', null],
    ]);
  });

  it('never throws, and what it reads has no control character', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => `<${text}>`);
    fc.assert(fc.property(anything, (text) => !/[\x00-\x1f\x7f]/.test(addressOf(text)?.text ?? '')));
  });
});
