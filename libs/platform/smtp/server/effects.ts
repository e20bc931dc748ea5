import type { Envelope } from './handler.js';
import type { Address } from './path.js';

/** What the conversation wants done, in this order. After an `ask…`, `end` or `secure` it waits to be told. */
export type Effect =
  | Readonly<{ type: 'send'; text: string }>
  | Readonly<{ type: 'ask-sender'; envelope: Envelope<unknown> }>
  | Readonly<{ type: 'ask-recipient'; envelope: Envelope<unknown>; address: Address }>
  | Readonly<{ type: 'begin'; envelope: Envelope<unknown> }>
  | Readonly<{ type: 'content'; bytes: Buffer }>
  | Readonly<{ type: 'end' }>
  /** The content that began will never be complete. */
  | Readonly<{ type: 'abandon' }>
  | Readonly<{ type: 'secure' }>
  | Readonly<{ type: 'close' }>;

/** `idle`: between commands; `command`: within one; `content`: the peer sends a message; `waiting`: it is our turn. */
export type Phase = 'idle' | 'command' | 'content' | 'waiting' | 'closed';
