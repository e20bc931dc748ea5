import { badSequence, BAD_ARGUMENT, NOT_IMPLEMENTED, reply } from '../replies.js';
import type { Verb } from '../session.js';

/** RFC 3207: everything known before is forgotten, and what was sent along with it is never read as commands. */
export const starttls: Verb = (argument, session, { offersTls }) => {
  if (!offersTls) return { reply: NOT_IMPLEMENTED };
  if (session.secure) return { reply: badSequence('It is encrypted already') };
  if (argument) return { reply: BAD_ARGUMENT };
  return {
    session: { ...session, helo: null, extended: false, transaction: null },
    reply: reply(220, '2.0.0', 'Go ahead'),
    then: { type: 'secure' },
  };
};
