import { Command } from '#kernel/messages';
import type { MailAddress } from '../mailbox/events.js';

/** A message as somebody wants it sent; what is absent is derived, from the message that it answers. */
export type Outgoing = Readonly<{
  inboxId: string;
  replyToMessageId: string | null;
  to: readonly MailAddress[] | null;
  cc: readonly MailAddress[];
  bcc: readonly MailAddress[];
  replyTo: readonly MailAddress[];
  subject: string | null;
  text: string | null;
  html: string | null;
  /** Of `Uploads`. */
  uploadIds: readonly string[];
  /** Not before; ISO 8601, UTC. */
  sendAt: string | null;
  /** A policy sends it, nobody in person: RFC 3834. */
  automatic: boolean;
}>;

export type Sent = Readonly<{ messageId: string; threadId: string }>;

/** Everything that leaves an inbox comes this way, through the gate. */
export class SendMessage extends Command('SendMessage')<Outgoing, Sent> {}
