import { isWithin, type Scope } from '#kernel/context';
import { notFound } from '#kernel/errors';
import type { Position } from '#kernel/event-store';
import type { Event } from '#kernel/messages';
import { collectionOf, type Projection } from '#kernel/projection';
import type { Page, PageRequest, ReadStore } from '#platform/read-store/read-store';
import { cursorOf, placeOf } from './cursors.js';
import { viewBroken } from './view-broken.js';

const PAGE = 200;

/** The documents that a caller may see. */
export class ScopedViews {
  constructor(
    private readonly documents: ReadStore,
    private readonly scope: Scope,
  ) {}

  async get<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    key: string,
  ): Promise<Doc | null> {
    const stored = await this.documents.load(collectionOf(view), key);
    if (!stored || !isWithin(stored, this.scope)) return null;
    if (stored.broken) throw viewBroken();
    return stored.document as Doc | null;
  }

  /** As `get`; not found where there is none. */
  async need<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    key: string,
  ): Promise<Doc> {
    const document = await this.get(view, key);
    if (!document) throw notFound();
    return document;
  }

  /** For a route: what is broken is missing, and nothing else suffers from it. */
  async list<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    query: Queries,
    page: PageRequest,
  ): Promise<Page<Doc>> {
    const found = await this.find(view, query, page);
    return { ...found, results: found.results.map(({ document }) => document as Doc) };
  }

  /** As `list`, each document with the place in the log up to which it is folded. */
  async listWithPositions<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    query: Queries,
    page: PageRequest,
  ): Promise<Page<Readonly<{ document: Doc; position: Position }>>> {
    const found = await this.find(view, query, page);
    return {
      ...found,
      results: found.results.map(({ document, position }) => ({ document: document as Doc, position })),
    };
  }

  /** All of them, for work that may be done again; what is broken is left out. */
  async *each<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    query: Queries,
    page: Omit<PageRequest, 'cursor' | 'position' | 'limit'> = {},
  ): AsyncIterable<Doc> {
    for await (const { results } of this.pages(view, query, page)) yield* results;
  }

  /** Those of the keys that there is a document for, in their order; what is broken is missing. */
  async getAll<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    keys: readonly string[],
  ): Promise<readonly Doc[]> {
    const stored = await this.documents.loadAll(collectionOf(view), keys);
    return keys.flatMap((key) => {
      const found = stored.get(key);
      const isShown = found?.document && !found.broken && isWithin(found, this.scope);
      return isShown ? [found.document as Doc] : [];
    });
  }

  /** For code, which must not decide on a part: every document or none. */
  async all<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    query: Queries,
  ): Promise<readonly Doc[]> {
    const documents: Doc[] = [];
    for await (const { results, broken } of this.pages(view, query, {})) {
      if (broken > 0) throw viewBroken();
      documents.push(...results);
    }
    return documents;
  }

  private async *pages<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    query: Queries,
    page: Omit<PageRequest, 'cursor' | 'position' | 'limit'>,
  ): AsyncIterable<Page<Doc>> {
    let cursor: string | null = null;
    do {
      const found: Page<Doc> = await this.list(view, query, {
        ...page,
        limit: PAGE,
        ...(cursor && { cursor }),
      });
      yield found;
      cursor = found.nextCursor;
    } while (cursor);
  }

  private async find<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    query: Queries,
    { cursor, ...page }: PageRequest,
  ) {
    const list = `${view.name}/${query}`;
    const from = cursor === undefined ? page : { ...page, cursor: placeOf(list, cursor) };
    const found = await this.documents.find(collectionOf(view), this.scope, view.queries[query], from);
    return { ...found, nextCursor: cursorOf(list, found.nextCursor) };
  }
}
