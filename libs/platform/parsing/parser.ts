import type { ParsedMessage } from '#mail/message/parsed-message';

/** Port: a message taken apart under bounds of time and memory. Injected by this class. */
export abstract class Parser {
  /**
   * Whatever the bytes are, the answer is a message: one that cannot be parsed says why (`unparsed`) and gives the
   * header fields that could be read. Rejects only with `unavailable` (`parser-busy`) when too many are waiting.
   */
  abstract parse(raw: Uint8Array): Promise<ParsedMessage>;
}
