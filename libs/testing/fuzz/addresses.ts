import { parseAddressList } from '#mail/address/address-list';
import { parseMailbox, withoutTag } from '#mail/address/mailbox';
import { holds, target, textOf } from './target.js';

const PIECES = [
  'a',
  '@',
  'b.example',
  '<',
  '<"',
  '<  @',
  '>',
  '(',
  ')',
  '"',
  '\\',
  ',',
  ';',
  ':',
  ' ',
  '.',
  '+',
  'ü',
  '例.example',
  '=?utf-8?q?',
  '?=',
  'mailto:',
  '[192.0.2.1]',
  '\r\n',
  '\0',
  'xn--',
];

export const addresses = target('addresses', textOf(PIECES, 30), (text) => {
  for (const { email, name } of parseAddressList(text)) {
    holds(email.lastIndexOf('@') > 0 && !email.endsWith('@'), 'an address has two sides');
    holds(name === null || (name !== '' && !/[\r\n]/.test(name)), 'a name is one line');
  }
  const mailbox = parseMailbox(text);
  if (!mailbox) return;
  holds(parseMailbox(mailbox.email)?.email === mailbox.email, 'the canonical form is its own');
  holds(
    !/[\x00-\x1f\x7f]/.test(mailbox.email) && /^[a-z0-9.-]+$/.test(mailbox.domain),
    'a domain is A-labels',
  );
  holds(parseMailbox(withoutTag(mailbox.email)) !== null, 'without its tag it is still an address');
});
