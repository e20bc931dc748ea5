import { badSequence, BAD_ARGUMENT, START_CONTENT } from '../replies.js';
import type { Verb } from '../session.js';

/** RFC 5321 section 4.1.1.4; not after BDAT (RFC 3030 section 2). */
export const data: Verb = (argument, { transaction }) => {
  if (argument) return { reply: BAD_ARGUMENT };
  if (!transaction?.recipients.length) return { reply: badSequence('There is no recipient') };
  if (transaction.chunking) return { reply: badSequence('The content came by BDAT') };
  return { reply: START_CONTENT, then: { type: 'data' } };
};
