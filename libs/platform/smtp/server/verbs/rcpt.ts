import { isAscii } from '#mail/address/ascii';
import { parsePath } from '../path.js';
import { badSequence, BAD_ARGUMENT, reply, TOO_MANY_RECIPIENTS, UNKNOWN_PARAMETER } from '../replies.js';
import type { Verb } from '../session.js';
import { NEEDS_SMTPUTF8 } from './utf8.js';

const BAD_RECIPIENT = reply(501, '5.1.3', 'The recipient is malformed');

/** RFC 5321 section 4.1.1.3. */
export const rcpt: Verb = (argument, { transaction }, { limits }) => {
  if (!transaction) return { reply: badSequence('Name the sender first') };
  if (transaction.chunking) return { reply: badSequence('The content has begun') };
  if (!/^TO:/i.test(argument)) return { reply: BAD_ARGUMENT };
  const path = parsePath(argument.slice('TO:'.length));
  if (!path?.address) return { reply: BAD_RECIPIENT };
  if (path.parameters.size > 0) return { reply: UNKNOWN_PARAMETER };
  if (!transaction.utf8 && !isAscii(path.address.text)) return { reply: NEEDS_SMTPUTF8 };
  if (transaction.recipients.length >= limits.recipients) return { reply: TOO_MANY_RECIPIENTS };
  return { then: { type: 'ask-recipient', address: path.address } };
};
