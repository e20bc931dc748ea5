import type { Address } from './path.js';
import type { Reply } from './replies.js';

/** Who speaks, and how far that can be known. `protocol`: the word for `Received` (RFC 3848, RFC 6531). */
export type Client = Readonly<{
  remoteIp: string;
  helo: string;
  protocol: 'SMTP' | 'ESMTP' | 'ESMTPS' | 'UTF8SMTP' | 'UTF8SMTPS';
}>;

export type Accepted<Target> = Readonly<{ address: Address; target: Target }>;

/** `sender`: null for the null reverse path. `size`: as declared, if it was. */
export type Envelope<Target> = Readonly<{
  client: Client;
  sender: Address | null;
  size: number | null;
  recipients: readonly Accepted<Target>[];
}>;

export type Verdict<Target> = Readonly<{ accept: Target } | { refuse: Reply }>;

/**
 * Port: what becomes of the mail. A feature implements it. `Target` is what it wants to find again in the envelope
 * for each recipient that it accepted. Whatever is thrown is answered with 451 4.3.0.
 */
export abstract class MailHandler<Target = unknown> {
  /** Before a transaction: null, or why none can begin now. */
  abstract sender(envelope: Envelope<Target>): Promise<Reply | null>;

  abstract recipient(envelope: Envelope<Target>, address: Address): Promise<Verdict<Target>>;

  /**
   * The whole message as it was sent, dot-stuffing undone. The content throws when it will never be complete (the
   * client is gone, it is too large): then nothing may remain of it. A 2xx reply is a promise to keep it.
   */
  abstract message(envelope: Envelope<Target>, content: AsyncIterable<Buffer>): Promise<Reply>;
}
