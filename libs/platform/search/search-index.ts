import type { Scope } from '#kernel/context';
import type { Position } from '#kernel/event-store';

/** What can be searched of a document, and where it stands in time (ISO 8601). */
export type Searchable = Readonly<{
  scope: Scope;
  at: string;
  fields: Readonly<Record<string, string>>;
}>;

/** A word must match the start of a word, one of 1-2 characters a whole one, in the named field or in any. */
export type SearchWord = Readonly<{ word: string; field?: string }>;

/**
 * Port. Case- and accent-insensitive, the same answer on every store. It runs where it cannot stall the server
 * and is bounded in time: beyond that it is refused with `store-unavailable`.
 */
export abstract class SearchIndex {
  /**
   * Before anything else of an index. One of other fields is emptied, and so is one that is past `head`, the end of the
   * log: it was filled from a log that is there no more.
   */
  abstract prepare(index: string, fields: readonly string[], head?: Position): Promise<void>;

  /** Documents that are null are taken out. With the checkpoint in one transaction. */
  abstract write(
    index: string,
    documents: ReadonlyMap<string, Searchable | null>,
    checkpoint: Position,
  ): Promise<void>;

  abstract checkpoint(index: string): Promise<Position | undefined>;

  /** Keys of documents that hold every word, newest first, `limit` at most. */
  abstract search(
    index: string,
    scope: Scope,
    words: readonly SearchWord[],
    limit: number,
  ): Promise<readonly string[]>;
}
