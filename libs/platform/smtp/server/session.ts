import type { Address } from './path.js';
import type { Accepted, Client, Envelope } from './handler.js';
import type { Limits } from './limits.js';
import type { Reply } from './replies.js';

/** The server's side of a conversation. */
export type House = Readonly<{ hostname: string; limits: Limits; offersTls: boolean }>;

export type Transaction = Readonly<{
  sender: Address | null;
  size: number | null;
  utf8: boolean;
  recipients: readonly Accepted<unknown>[];
  /** Content came by BDAT already. */
  chunking: boolean;
}>;

/** What was agreed on so far. `helo`: null before the greeting, and again after STARTTLS (RFC 3207 section 4.2). */
export type Session = Readonly<{
  remoteIp: string;
  helo: string | null;
  extended: boolean;
  secure: boolean;
  transaction: Transaction | null;
}>;

/** What a command leads to: a new session, an answer, or a question that must be answered first. */
export type Step = Readonly<{
  session?: Session;
  reply?: Reply;
  then?:
    | Readonly<{ type: 'ask-sender' }>
    | Readonly<{ type: 'ask-recipient'; address: Address }>
    | Readonly<{ type: 'data' }>
    | Readonly<{ type: 'chunk'; size: number; last: boolean; refused: Reply | null }>
    | Readonly<{ type: 'secure' }>
    | Readonly<{ type: 'close' }>;
}>;

/** A command without its verb; pure. */
export type Verb = (argument: string, session: Session, house: House) => Step;

const PROTOCOLS = {
  plain: { false: 'ESMTP', true: 'ESMTPS' },
  utf8: { false: 'UTF8SMTP', true: 'UTF8SMTPS' },
} as const;

const clientOf = ({ remoteIp, helo, extended, secure, transaction }: Session): Client => ({
  remoteIp,
  helo: helo ?? '',
  protocol: extended ? PROTOCOLS[transaction?.utf8 ? 'utf8' : 'plain'][`${secure}`] : 'SMTP',
});

export const envelopeOf = (session: Session): Envelope<unknown> => ({
  client: clientOf(session),
  sender: session.transaction?.sender ?? null,
  size: session.transaction?.size ?? null,
  recipients: session.transaction?.recipients ?? [],
});
