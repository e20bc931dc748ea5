import { BAD_ARGUMENT, reply } from '../replies.js';
import type { Verb } from '../session.js';

/** Some send no domain at all but what they believe to be one, so all that a trace header can hold is let in. */
const NAME = /^[\x21-\x7e\u0080-\u{10ffff}]{1,255}$/u;

/** RFC 5321 section 4.1.1.1; a transaction that was open is over. */
const hello =
  (extended: boolean): Verb =>
  (argument, session, { hostname, limits, offersTls }) => {
    const helo = argument.trim();
    if (!NAME.test(helo)) return { reply: BAD_ARGUMENT };
    const extensions = [
      `SIZE ${limits.messageBytes}`,
      '8BITMIME',
      'PIPELINING',
      'CHUNKING',
      'SMTPUTF8',
      'ENHANCEDSTATUSCODES',
      ...(offersTls && !session.secure ? ['STARTTLS'] : []),
    ];
    return {
      session: { ...session, helo, extended, transaction: null },
      reply: reply(250, null, extended ? [hostname, ...extensions] : hostname),
    };
  };

export const ehlo = hello(true);
export const helo = hello(false);
