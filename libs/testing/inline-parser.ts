import { parseMessage } from '#mail/message/parse-message';
import { Parser } from '#platform/parsing/parser';

/** Parses on the caller's thread: for specs that are not about the pool. */
export class InlineParser extends Parser {
  override parse(raw: Uint8Array) {
    return Promise.resolve(parseMessage(raw));
  }
}
