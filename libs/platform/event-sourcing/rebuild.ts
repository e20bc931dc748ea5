import { START, type EventStore, type Position } from '#kernel/event-store';
import type { ReadStore } from '#platform/read-store/read-store';
import type { Codec } from './codec.js';
import type { RunnableProjection } from './features.js';
import { foldBatch } from './fold-batch.js';

const EVENTS_AT_ONCE = 2_000;

/** A view, and the collection that is to hold it. */
export type Target = Readonly<{ view: RunnableProjection; collection: string }>;

/** Port: fills collections from the log up to a position; in bulk, and without any effect but documents. */
export abstract class Rebuilder {
  abstract fill(targets: readonly Target[], upTo: Position): Promise<void>;
}

/** In this very thread: the log is read once for all, and each event opened once. */
export class BulkRebuilder extends Rebuilder {
  constructor(
    private readonly log: Pick<EventStore, 'readAll'>,
    private readonly codec: Codec,
    private readonly documents: ReadStore,
  ) {
    super();
  }

  async fill(targets: readonly Target[], upTo: Position): Promise<void> {
    const types = [...new Set(targets.flatMap(({ view }) => Object.keys(view.on)))];
    for (let at = await this.lowest(targets); at < upTo;) {
      const batch = await this.log.readAll({ from: at, limit: EVENTS_AT_ONCE, filter: { types } });
      const opened = new Map<string, Promise<LogBatchEvents>>();
      for (const { view, collection } of targets) {
        const { personal: reveal = false, callers: ip = false } = view;
        const form = `${reveal}/${ip}`;
        const decoded =
          opened.get(form) ??
          Promise.all(batch.events.map((event) => this.codec.decode(event, { reveal, ip })));
        opened.set(form, decoded);
        const events = (await decoded).filter(({ type }) => Object.hasOwn(view.on, type));
        await foldBatch(this.documents, collection, view, { events, upTo: batch.upTo });
      }
      if (batch.upTo === at) return;
      at = batch.upTo;
    }
  }

  private async lowest(targets: readonly Target[]): Promise<Position> {
    const places = await Promise.all(targets.map(({ collection }) => this.documents.checkpoint(collection)));
    return places.reduce<Position>((low, place = START) => (place < low ? place : low), places[0] ?? START);
  }
}

type LogBatchEvents = Awaited<ReturnType<EventStore['readAll']>>['events'];
