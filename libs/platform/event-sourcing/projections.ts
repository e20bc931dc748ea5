import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { reasonOf } from '#kernel/errors';
import { START, type Committed, type LogBatch } from '#kernel/event-store';
import { collectionOf, project } from '#kernel/projection';
import { ReadStore, type Change, type Stored } from '#platform/read-store/read-store';
import { Features, type RunnableProjection } from './features.js';
import { Subscriptions } from './subscriptions.js';

@Injectable()
export class Projections implements OnApplicationBootstrap {
  private readonly logger = new Logger(Projections.name);

  constructor(
    private readonly features: Features,
    private readonly subscriptions: Subscriptions,
    private readonly store: ReadStore,
  ) {}

  async onApplicationBootstrap() {
    for (const view of this.features.projections) {
      await this.store.prepare(collectionOf(view), Object.values(view.queries));
      this.subscriptions.follow({
        name: collectionOf(view),
        types: new Set(Object.keys(view.on)),
        reveal: view.personal ?? false,
        from: async () => (await this.store.checkpoint(collectionOf(view))) ?? START,
        handle: (batch) => this.apply(view, batch),
        idle: async () => undefined,
      });
    }
  }

  /** Loads the documents that a batch touches, folds, and writes them together with the checkpoint. */
  private async apply(view: RunnableProjection, { events, upTo }: LogBatch) {
    const collection = collectionOf(view);
    const keys = new Set(events.flatMap((event) => view.key(event)));
    const stored = await this.store.loadAll(collection, [...keys]);
    const changes = new Map<string, Change>();
    for (const event of events)
      for (const key of [view.key(event)].flat()) {
        const touched = changes.get(key);
        const loaded = touched ? touched.loaded : stored.get(key);
        changes.set(key, { loaded, next: this.advance(view, touched?.next ?? loaded, event, key) });
      }
    await this.store.write(collection, changes, upTo);
  }

  /** A fold that throws is a bug that no retry mends: it breaks this document, and nothing else. */
  private advance(
    view: RunnableProjection,
    stored: Stored | undefined,
    event: Committed,
    key: string,
  ): Stored {
    if (stored && (stored.broken || event.position <= stored.position)) return stored;
    if (stored?.ahead?.stream === event.stream && event.revision <= stored.ahead.revision)
      return { ...stored, position: event.position };
    const { tenantId, inboxId } = stored ?? event.metadata;
    const next = { tenantId, inboxId, position: event.position };
    const document = stored?.document ?? null;
    try {
      return { ...next, document: project(view, document, event, key) };
    } catch (error) {
      this.logger.error(`${view.name} is broken at ${event.stream}@${event.revision}: ${reasonOf(error)}`);
      return { ...next, document, broken: true };
    }
  }
}
