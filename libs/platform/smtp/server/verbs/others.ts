import { BAD_ARGUMENT, BYE, NOT_IMPLEMENTED, NOT_SMTP, OK, reply } from '../replies.js';
import type { Verb } from '../session.js';

export const rset: Verb = (argument, session) =>
  argument ? { reply: BAD_ARGUMENT } : { session: { ...session, transaction: null }, reply: OK };

export const noop: Verb = () => ({ reply: OK });

export const quit: Verb = (argument) =>
  argument ? { reply: BAD_ARGUMENT } : { reply: BYE, then: { type: 'close' } };

/** Who has an inbox is nobody's business who does not write to it. */
export const vrfy: Verb = (argument) => ({
  reply: argument ? reply(252, '2.0.0', 'Send it and you will see') : BAD_ARGUMENT,
});

export const help: Verb = () => ({ reply: reply(214, '2.0.0', 'RFC 5321 tells it all') });

export const notOffered: Verb = () => ({ reply: NOT_IMPLEMENTED });

/** A browser made to post to this port would smuggle commands in its body. */
export const notSmtp: Verb = () => ({ reply: NOT_SMTP, then: { type: 'close' } });
