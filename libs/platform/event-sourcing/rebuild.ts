import { EventStore, START, type Position } from '#kernel/event-store';
import { ReadStore } from '#platform/read-store/read-store';
import { Codec } from './codec.js';
import type { RunnableProjection } from './features.js';
import { foldBatch } from './fold-batch.js';

const EVENTS_AT_ONCE = 2_000;

/** Port: fills a collection from the log up to a position; in bulk, and without any effect but documents. */
export abstract class Rebuilder {
  abstract fill(view: RunnableProjection, collection: string, upTo: Position): Promise<void>;
}

/** In this very thread. A process that answers requests meanwhile has it done in another one. */
export class BulkRebuilder extends Rebuilder {
  constructor(
    private readonly log: EventStore,
    private readonly codec: Codec,
    private readonly documents: ReadStore,
  ) {
    super();
  }

  async fill(view: RunnableProjection, collection: string, upTo: Position): Promise<void> {
    const filter = { types: Object.keys(view.on) };
    const opened = { reveal: view.personal ?? false, ip: view.callers ?? false };
    for (let at = (await this.documents.checkpoint(collection)) ?? START; at < upTo;) {
      const batch = await this.log.readAll({ from: at, limit: EVENTS_AT_ONCE, filter });
      const events = await Promise.all(batch.events.map((event) => this.codec.decode(event, opened)));
      await foldBatch(this.documents, collection, view, { events, upTo: batch.upTo });
      if (batch.upTo === at) return;
      at = batch.upTo;
    }
  }
}
