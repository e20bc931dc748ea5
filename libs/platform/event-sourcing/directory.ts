import { Injectable } from '@nestjs/common';
import type { Scope } from '#kernel/context';
import type { Event } from '#kernel/messages';
import { collectionOf, type Projection } from '#kernel/projection';
import { ReadStore, type PageRequest } from '#platform/read-store/read-store';
import { viewBroken } from './view-broken.js';

/** A document with whose it is. */
export type Found<Doc> = Readonly<{ key: string; scope: Scope; document: Doc }>;

/**
 * Documents of whomever they are: for the trust boundary, where the caller is not known before his credential or
 * address is looked up, for background work, which has no caller, and for the operator, who is nobody's. Only a
 * feature's `directory.ts`, `runner.ts` and `ops.ts` may import it; a check sees to that.
 */
@Injectable()
export class Directory {
  constructor(private readonly documents: ReadStore) {}

  async get<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    key: string,
  ): Promise<Found<Doc> | null> {
    const stored = await this.documents.load(collectionOf(view), key);
    if (stored?.broken) throw viewBroken();
    if (!stored?.document) return null;
    const { tenantId, inboxId } = stored;
    return { key, scope: { tenantId, inboxId }, document: stored.document as Doc };
  }

  /** Page after page of a query across all tenants; what is broken is left out. */
  async *each<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    query: Queries,
    page: Omit<PageRequest, 'cursor' | 'position'> = {},
  ): AsyncIterable<Found<Doc>> {
    let cursor: string | null = null;
    do {
      const found = await this.documents.find(collectionOf(view), 'everyone', view.queries[query], {
        limit: 200,
        ...page,
        ...(cursor && { cursor }),
      });
      for (const { key, tenantId, inboxId, document } of found.results)
        yield { key, scope: { tenantId, inboxId }, document: document as Doc };
      cursor = found.nextCursor;
    } while (cursor);
  }
}
