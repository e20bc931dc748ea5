import { badSequence, BAD_ARGUMENT, TOO_LARGE } from '../replies.js';
import type { Verb } from '../session.js';

const CHUNK = /^(\d{1,20})(?: +(LAST))?$/i;

/**
 * RFC 3030 section 2. The octets follow whatever the answer, so they are taken off the wire even when they are
 * refused; where their number cannot be read, or is absurd, nothing that follows can be understood.
 */
export const bdat: Verb = (argument, session, { limits }) => {
  const [, digits, last] = CHUNK.exec(argument.trim()) ?? [];
  if (!digits) return { reply: BAD_ARGUMENT, then: { type: 'close' } };
  const size = Number(digits);
  if (size > 40 * limits.messageBytes) return { reply: TOO_LARGE, then: { type: 'close' } };
  const { transaction } = session;
  const refused = transaction?.recipients.length ? null : badSequence('There is no recipient');
  return {
    ...(transaction &&
      !refused && { session: { ...session, transaction: { ...transaction, chunking: true } } }),
    then: { type: 'chunk', size, last: last !== undefined, refused },
  };
};
