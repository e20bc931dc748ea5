import { isWithin, type Scope } from '#kernel/context';
import type { Position } from '#kernel/event-store';
import { SearchIndex, type Searchable, type SearchWord } from '#platform/search/search-index';
import { holdsWord } from '#platform/search/words';

/** The rule of the port, word by word, and nothing clever. */
export class InMemorySearchIndex extends SearchIndex {
  private readonly indexes = new Map<string, Map<string, Searchable>>();
  private readonly checkpoints = new Map<string, Position>();

  async prepare(index: string, _: readonly string[], head?: Position): Promise<void> {
    if (head === undefined || (this.checkpoints.get(index) ?? head) <= head) return;
    this.indexes.delete(index);
    this.checkpoints.delete(index);
  }

  async write(index: string, documents: ReadonlyMap<string, Searchable | null>, checkpoint: Position) {
    const stored = this.indexes.get(index) ?? new Map<string, Searchable>();
    this.indexes.set(index, stored);
    for (const [key, document] of documents)
      if (document) stored.set(key, document);
      else stored.delete(key);
    this.checkpoints.set(index, checkpoint);
  }

  async checkpoint(index: string): Promise<Position | undefined> {
    return this.checkpoints.get(index);
  }

  async search(index: string, scope: Scope, words: readonly SearchWord[], limit: number) {
    return [...(this.indexes.get(index) ?? [])]
      .filter(([, document]) => isWithin(document.scope, scope))
      .filter(([, { fields }]) =>
        words.every(({ word, field }) =>
          Object.entries(fields).some(([name, text]) => (!field || name === field) && holdsWord(text, word)),
        ),
      )
      .sort(([, a], [, b]) => (a.at < b.at ? 1 : -1))
      .slice(0, limit)
      .map(([key]) => key);
  }
}
