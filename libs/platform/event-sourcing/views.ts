import { Injectable } from '@nestjs/common';
import { inboxOf, isWithin, type Scope } from '#kernel/context';
import { isDomainError, unavailable } from '#kernel/errors';
import { EventStore, START, type Position } from '#kernel/event-store';
import type { Event, Receipt, Recorded } from '#kernel/messages';
import { collectionOf, replay, type AnyProjection, type Projection } from '#kernel/projection';
import { Clock } from '#platform/clock/clock';
import { Codec } from './codec.js';
import { cursorOf, placeOf } from './cursors.js';
import { KeyedQueue } from './keyed-queue.js';
import { Progress } from './progress.js';
import { ReadStore, type Page, type PageRequest, type Stored } from '#platform/read-store/read-store';
import { followerOf, type AnySearchable } from '#platform/search/searchable';

const PATIENCE_MS = 2_000;
const POLL_MS = 50;

/** The only way to a document: there are no views but those of somebody. */
@Injectable()
export class Views {
  private readonly saving = new KeyedQueue();

  constructor(
    private readonly documents: ReadStore,
    private readonly log: EventStore,
    private readonly clock: Clock,
    private readonly progress: Progress,
    private readonly codec: Codec,
  ) {}

  for({ tenantId, inboxId }: Scope): ScopedViews {
    return new ScopedViews(this.documents, { tenantId, inboxId });
  }

  /** Of one inbox, which the caller must have named. */
  forInbox(scope: Scope): ScopedViews {
    return this.for({ tenantId: scope.tenantId, inboxId: inboxOf(scope) });
  }

  /**
   * For credentials: the document as its one stream stands, in force on every process before the caller is
   * answered. The fold catches up later and skips what was saved; after a crash in between it repairs.
   */
  async saveAhead<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    key: string,
    { stream }: Receipt,
  ): Promise<void> {
    const collection = collectionOf(view);
    await this.whileNoneIsSavedAhead(collection, async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const loaded = await this.documents.load(collection, key);
          // Read after the document, the stream is no older than what was folded into it, by whomever.
          const events = await this.read(stream);
          const [first, last] = [events[0], events.at(-1)];
          if (!first || !last) return;
          const { tenantId, inboxId } = first.metadata;
          const next: Stored = {
            tenantId,
            inboxId,
            position: loaded?.position ?? START,
            document: replay(view, key, events),
            ahead: { stream, revision: last.revision },
          };
          return await this.documents.write(collection, new Map([[key, { loaded, next }]]));
        } catch (error) {
          if (!isDomainError(error) || error.code !== 'concurrent-change' || attempt === 10)
            throw unavailable('not-yet-effective', 'It is done but not yet in force everywhere; repeat it');
        }
      }
    });
  }

  /** For the swap of a rebuilt view, which must not lose what is saved at that moment. */
  whileNoneIsSavedAhead<T>(collection: string, task: () => Promise<T>): Promise<T> {
    return this.saving.run(collection, task);
  }

  private async read(stream: string): Promise<readonly Recorded[]> {
    const stored = await this.log.read(stream);
    return Promise.all(stored.map((event) => this.codec.decode(event, { reveal: true })));
  }

  /** Waits, two seconds at most, until a view has folded the log to its end by now: for who waits for an answer. */
  async reached(view: AnyProjection): Promise<boolean> {
    return this.hasFolded(view, await this.log.head(), true);
  }

  /** As `reached`, up to a position, and without any hurry. */
  async reachedInTime(view: AnyProjection, position: Position): Promise<boolean> {
    return this.hasFolded(view, position, false);
  }

  /** As `reached`, for an index of the search; one that another process keeps is not waited for. */
  async reachedByIndex(searchable: AnySearchable): Promise<boolean> {
    const name = followerOf(searchable);
    return this.progress.follows(name) && this.arrives(name, await this.log.head(), true, async () => false);
  }

  private async hasFolded(view: AnyProjection, target: Position, isUrgent: boolean): Promise<boolean> {
    const collection = collectionOf(view);
    // Another process may be the one that keeps the view.
    const isThere = async () => ((await this.documents.checkpoint(collection)) ?? START) >= target;
    if (!this.progress.follows(collection) && (await isThere())) return true;
    return this.arrives(collection, target, isUrgent, isThere);
  }

  private async arrives(
    collection: string,
    target: Position,
    isUrgent: boolean,
    isThere: () => Promise<boolean>,
  ): Promise<boolean> {
    if (this.progress.has(collection, target)) return true;
    const { arrived, forget } = this.progress.until(collection, target, isUrgent);
    if (isUrgent) this.log.hasten();
    const settled = new AbortController();
    try {
      for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
        const poll = this.clock.sleep(POLL_MS, settled.signal).catch(() => undefined);
        await Promise.race([arrived, poll]);
        if (this.progress.has(collection, target) || (await isThere())) return true;
      }
      return false;
    } finally {
      forget();
      // A reason, or one with a stack would be made for it.
      settled.abort(null);
    }
  }
}

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
    if (stored.broken) throw broken();
    return stored.document as Doc | null;
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

  /** Page after page, for work that may be done again; what is broken is left out. */
  async *each<Doc extends object, E extends Event, Queries extends string>(
    view: Projection<Doc, E, Queries>,
    query: Queries,
    page: Omit<PageRequest, 'cursor' | 'position' | 'limit'> = {},
  ): AsyncIterable<Doc> {
    let cursor: string | null = null;
    do {
      const found: Page<Doc> = await this.list(view, query, {
        ...page,
        limit: 200,
        ...(cursor && { cursor }),
      });
      yield* found.results;
      cursor = found.nextCursor;
    } while (cursor);
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
    let cursor: string | null = null;
    do {
      const page: Page<Doc> = await this.list(view, query, { limit: 200, ...(cursor && { cursor }) });
      if (page.broken > 0) throw broken();
      documents.push(...page.results);
      cursor = page.nextCursor;
    } while (cursor);
    return documents;
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

const broken = () => unavailable('view-broken', 'This view is being repaired; nothing of it is lost');
