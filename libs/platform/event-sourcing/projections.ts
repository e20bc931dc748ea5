import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { notFound } from '#kernel/errors';
import { EventStore, type Position } from '#kernel/event-store';
import { collectionOf } from '#kernel/projection';
import { Clock } from '#platform/clock/clock';
import { ReadStore } from '#platform/read-store/read-store';
import { Codec } from './codec.js';
import { Features, type RunnableProjection } from './features.js';
import { KeyedQueue } from './keyed-queue.js';
import { Progress } from './progress.js';
import { BulkRebuilder, Rebuilder, type Target } from './rebuild.js';
import { Subscriptions } from './subscriptions.js';
import { TimerViews } from './timer-view.js';
import { Timers } from './timers.js';
import { ViewConsumer } from './view-consumer.js';
import { Views } from './views.js';

/** A view that has less than this to catch up on does so while it is read. */
const EVENTS_WORTH_A_REBUILD = 5_000n;

/** So long at most: a store that takes nothing more keeps nobody from reading what is there. */
const CATCH_UP_MS = 10_000;

/** Every view on its way along the log, each by itself. */
@Injectable()
export class Projections implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger(Projections.name);
  private readonly consumers = new Map<string, ViewConsumer>();
  /** One at a time: a view that is let go by one must not go on while another takes its place. */
  private readonly rebuilds = new KeyedQueue();
  /** For the little that came meanwhile. */
  private readonly inThisThread: Rebuilder;
  private readonly current = Promise.withResolvers<void>();

  constructor(
    private readonly features: Features,
    private readonly timerViews: TimerViews,
    private readonly timers: Timers,
    private readonly subscriptions: Subscriptions,
    private readonly log: EventStore,
    private readonly store: ReadStore,
    private readonly progress: Progress,
    private readonly rebuilder: Rebuilder,
    private readonly clock: Clock,
    private readonly views: Views,
    codec: Codec,
  ) {
    this.inThisThread = new BulkRebuilder(log, codec, store);
  }

  /** Before anybody else begins: sagas and runners read views from their first moment on. */
  async onModuleInit() {
    const views = [...this.features.projections, this.timerViews.view];
    for (const view of views) await this.store.prepare(collectionOf(view), Object.values(view.queries));
    await this.store.retain(views.map(collectionOf));
    const { stopping } = this.subscriptions;
    for (const view of views) {
      const consumer = new ViewConsumer(view, this.store, this.progress, this.clock, stopping);
      this.consumers.set(view.name, consumer);
    }
  }

  async onApplicationBootstrap() {
    // The end is asked for last: another process may be folding what is written meanwhile.
    const places = await this.places();
    const head = await this.log.head();
    // Past the end: folded from a log that is there no more, as where an older one was put back.
    const late = places.filter(
      ({ position }) => position > head || head - position >= EVENTS_WORTH_A_REBUILD,
    );
    await this.refill(
      late.flatMap(({ name }) => this.consumers.get(name) ?? []),
      head,
    );
    for (const consumer of this.consumers.values()) {
      // One that is at the end already hears of nothing until something happens.
      this.progress.advance(consumer.name, await consumer.from());
      this.subscriptions.follow(consumer);
    }
    await this.catchUp(head);
    this.current.resolve();
    this.timers.start();
  }

  /** Settles when the views tell all that the log told at the start: until then, what is in none may be there yet. */
  get caughtUp(): Promise<void> {
    return this.current.promise;
  }

  get names(): readonly string[] {
    return [...this.consumers.keys()];
  }

  /** Where each view is, and where the log ends. */
  async places(): Promise<readonly Readonly<{ name: string; position: Position; head: Position }>[]> {
    const head = await this.log.head();
    return Promise.all(
      [...this.consumers.values()].map(async (consumer) => ({
        name: consumer.view.name,
        position: await consumer.from(),
        head,
      })),
    );
  }

  /** From the log anew, while the old ones go on answering; then the new ones take their places. */
  async rebuild(names: readonly string[]): Promise<void> {
    const consumers = names.map((name) => this.consumers.get(name));
    if (!consumers.every((consumer) => consumer !== undefined)) throw notFound();
    await this.rebuilds.run('all', async () => this.refill(consumers, await this.log.head()));
  }

  private async catchUp(head: Position) {
    const names = [...this.consumers.values()].map(({ name }) => name);
    const arrivals = names.map((name) => this.progress.until(name, head, true).arrived);
    this.log.hasten();
    const over = new AbortController();
    const late = this.clock.sleep(CATCH_UP_MS, over.signal).then(
      () => this.logger.warn('The views are behind the log'),
      () => undefined,
    );
    await Promise.race([Promise.all(arrivals), late]);
    over.abort(null);
  }

  private async refill(consumers: readonly ViewConsumer[], head: Position) {
    if (consumers.length === 0) return;
    const names = consumers.map(({ view }) => view.name).join(', ');
    // At a start nobody is answered before, and with a long log that takes its time.
    this.logger.log(`Building from the log: ${names}`);
    const twins: { consumer: ViewConsumer; view: RunnableProjection; collection: string }[] = [];
    try {
      for (const consumer of consumers)
        twins.push({ consumer, view: consumer.view, collection: await this.store.twin(consumer.name) });
      await this.rebuilder.fill(twins, head);
      for (const twin of twins) await this.takeOver(twin.consumer, twin);
      this.logger.log(`Built: ${names}`);
    } finally {
      // Of one that failed, perhaps for want of room.
      for (const { collection } of twins) await this.store.drop(collection);
    }
  }

  private async takeOver(consumer: ViewConsumer, twin: Target) {
    const held = Promise.withResolvers<void>();
    consumer.held = held.promise;
    try {
      await consumer.folding.catch(() => undefined);
      // Nobody may see the view go back, so the twin is no older when it takes over, nor than what was saved ahead.
      await this.views.whileNoneIsSavedAhead(consumer.name, async () => {
        await this.inThisThread.fill([twin], await this.log.head());
        await this.store.swap(consumer.name, twin.collection);
      });
    } finally {
      consumer.held = undefined;
      held.resolve();
    }
  }
}
