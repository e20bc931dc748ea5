import { isAscii } from '#mail/address/ascii';
import { parsePath } from '../path.js';
import { badSequence, BAD_ARGUMENT, GREET_FIRST, reply, TOO_LARGE, UNKNOWN_PARAMETER } from '../replies.js';
import type { Verb } from '../session.js';
import { NEEDS_SMTPUTF8 } from './utf8.js';

const BAD_SENDER = reply(501, '5.1.7', 'The sender is malformed');
const KNOWN = ['SIZE', 'BODY', 'SMTPUTF8'];
const BODIES = ['7BIT', '8BITMIME'];

/** RFC 5321 section 4.1.1.2, with SIZE (RFC 1870), BODY (RFC 6152) and SMTPUTF8 (RFC 6531). */
export const mail: Verb = (argument, session, { limits }) => {
  if (session.helo === null) return { reply: GREET_FIRST };
  if (session.transaction) return { reply: badSequence('There is a sender already') };
  if (!/^FROM:/i.test(argument)) return { reply: BAD_ARGUMENT };
  const path = parsePath(argument.slice('FROM:'.length));
  if (!path || path.address?.domain === '') return { reply: BAD_SENDER };

  const { address: sender, parameters } = path;
  if ([...parameters.keys()].some((name) => !KNOWN.includes(name))) return { reply: UNKNOWN_PARAMETER };
  const [size, body] = [parameters.get('SIZE'), parameters.get('BODY')];
  const utf8 = parameters.has('SMTPUTF8');
  if (size !== undefined && !/^\d{1,20}$/.test(size ?? '')) return { reply: BAD_ARGUMENT };
  if (body !== undefined && !BODIES.includes((body ?? '').toUpperCase())) return { reply: BAD_ARGUMENT };
  if (utf8 && parameters.get('SMTPUTF8') !== null) return { reply: BAD_ARGUMENT };
  if (!utf8 && sender && !isAscii(sender.text)) return { reply: NEEDS_SMTPUTF8 };
  if (Number(size ?? 0) > limits.messageBytes) return { reply: TOO_LARGE };

  const declared = size === undefined ? null : Number(size);
  const transaction = { sender, size: declared, utf8, recipients: [], chunking: false };
  return { session: { ...session, transaction }, then: { type: 'ask-sender' } };
};
