import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { notFound } from '#kernel/errors';
import { EventStore, START, type LogBatch, type Position } from '#kernel/event-store';
import { collectionOf } from '#kernel/projection';
import { Clock } from '#platform/clock/clock';
import { ReadStore } from '#platform/read-store/read-store';
import { Codec } from './codec.js';
import { Features, type RunnableProjection } from './features.js';
import { foldBatch } from './fold-batch.js';
import { Progress } from './progress.js';
import { BulkRebuilder, Rebuilder, type Target } from './rebuild.js';
import { Subscriptions, type Consumer } from './subscriptions.js';
import { TimerViews } from './timer-view.js';
import { Timers } from './timers.js';
import { Views } from './views.js';

const SAVED_AFTER_MS = 500;
/** What comes meanwhile shares a transaction; whoever is alone does not wait, and whoever waits for it, less. */
const BETWEEN_WRITES_MS = { usual: 100, urgent: 5 };

/** A view that has less than this to catch up on does so while it is read. */
const EVENTS_WORTH_A_REBUILD = 5_000n;

/** Follows the log for one view; held, it folds nothing until it is let go. */
class ViewConsumer implements Consumer {
  readonly name: string;
  readonly types: ReadonlySet<string>;
  readonly reveal: boolean;
  readonly callers: boolean;
  held: Promise<void> | undefined;
  folding: Promise<void> = Promise.resolve();
  private writtenAt = 0;
  private unsaved = START;
  private saving: Promise<void> | undefined;

  constructor(
    readonly view: RunnableProjection,
    private readonly store: ReadStore,
    private readonly progress: Progress,
    private readonly clock: Clock,
    private readonly stopping: AbortSignal,
  ) {
    this.name = collectionOf(view);
    this.types = new Set(Object.keys(view.on));
    this.reveal = view.personal ?? false;
    this.callers = view.callers ?? false;
  }

  async from() {
    return (await this.store.checkpoint(this.name)) ?? START;
  }

  async handle(batch: LogBatch) {
    if (batch.events.length > 0) {
      await this.pause();
      await this.held;
      await (this.folding = foldBatch(this.store, this.name, this.view, batch));
      this.writtenAt = performance.now();
    } else if (batch.upTo > this.unsaved) {
      this.unsaved = batch.upTo;
      this.saving ??= this.saveLater();
    }
    this.progress.advance(this.name, batch.upTo);
  }

  async idle() {
    await this.saving;
  }

  private async pause() {
    const until = (pause: number, signal: AbortSignal) =>
      this.clock
        .sleep(Math.max(0, this.writtenAt + pause - performance.now()), signal)
        .catch(() => undefined);
    if (performance.now() - this.writtenAt >= BETWEEN_WRITES_MS.usual) return;
    const urgent = new AbortController();
    this.progress.whenUrgent(this.name, () => urgent.abort(null));
    await until(BETWEEN_WRITES_MS.usual, urgent.signal);
    if (urgent.signal.aborted) await until(BETWEEN_WRITES_MS.urgent, this.stopping);
  }

  /** Where nothing was folded there is no hurry: other processes see the place a moment later. */
  private async saveLater() {
    await this.clock.sleep(SAVED_AFTER_MS, this.stopping).catch(() => undefined);
    await this.held;
    this.saving = undefined;
    await this.store.write(this.name, new Map(), this.unsaved).catch(() => undefined);
  }
}

/** Every view on its way along the log, each by itself. */
@Injectable()
export class Projections implements OnApplicationBootstrap {
  private readonly logger = new Logger(Projections.name);
  private readonly consumers = new Map<string, ViewConsumer>();
  /** For the little that came meanwhile. */
  private readonly inThisThread: Rebuilder;

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

  async onApplicationBootstrap() {
    const views = [...this.features.projections, this.timerViews.view];
    for (const view of views) await this.store.prepare(collectionOf(view), Object.values(view.queries));
    await this.store.retain(views.map(collectionOf));
    const head = await this.log.head();
    const { stopping } = this.subscriptions;
    for (const view of views) {
      const consumer = new ViewConsumer(view, this.store, this.progress, this.clock, stopping);
      this.consumers.set(view.name, consumer);
    }
    const places = await this.places();
    const late = places.filter(({ position }) => head - position >= EVENTS_WORTH_A_REBUILD);
    await this.refill(
      late.flatMap(({ name }) => this.consumers.get(name) ?? []),
      head,
    );
    for (const consumer of this.consumers.values()) this.subscriptions.follow(consumer);
    this.timers.start();
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
    await this.refill(consumers, await this.log.head());
    this.logger.log(`Rebuilt: ${names.join(', ')}`);
  }

  private async refill(consumers: readonly ViewConsumer[], head: Position) {
    const twins: { consumer: ViewConsumer; view: RunnableProjection; collection: string }[] = [];
    for (const consumer of consumers)
      twins.push({ consumer, view: consumer.view, collection: await this.store.twin(consumer.name) });
    if (twins.length > 0) await this.rebuilder.fill(twins, head);
    for (const twin of twins) await this.takeOver(twin.consumer, twin);
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
