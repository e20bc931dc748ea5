import { Injectable } from '@nestjs/common';
import { inboxOf, type Scope } from '#kernel/context';
import { isDomainError, unavailable } from '#kernel/errors';
import { EventStore, START, type Position } from '#kernel/event-store';
import type { Event, Receipt, Recorded } from '#kernel/messages';
import { collectionOf, replay, type AnyProjection, type Projection } from '#kernel/projection';
import { Clock } from '#platform/clock/clock';
import { ReadStore, type Stored } from '#platform/read-store/read-store';
import { followerOf, type AnySearchable } from '#platform/search/searchable';
import { Codec } from './codec.js';
import { KeyedQueue } from './keyed-queue.js';
import { Progress } from './progress.js';
import { ScopedViews } from './scoped-views.js';

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

  private async read(stream: string): Promise<readonly Recorded[]> {
    const stored = await this.log.read(stream);
    return Promise.all(stored.map((event) => this.codec.decode(event, { reveal: true })));
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
