import type { ParsedMessage } from '#mail/message/parsed-message';

/** Bytes of a message that is parsed in no time: people wait for it, and threads take several at once. */
export const SMALL_MAIL = 64 * 1024;

/** Port: a message taken apart under bounds of time and memory. Injected by this class. */
export abstract class Parser {
  /**
   * Whatever the bytes are, the answer is a message: one that cannot be parsed says why (`unparsed`) and gives the
   * header fields that could be read. Rejects only with `unavailable` (`parser-busy`) when too many are waiting.
   */
  abstract parse(raw: Uint8Array): Promise<ParsedMessage>;
}
