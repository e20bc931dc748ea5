import { START, type LogBatch } from '#kernel/event-store';
import { collectionOf } from '#kernel/projection';
import type { Clock } from '#platform/clock/clock';
import type { ReadStore } from '#platform/read-store/read-store';
import type { RunnableProjection } from './features.js';
import { foldBatch } from './fold-batch.js';
import type { Progress } from './progress.js';
import type { Consumer } from './subscriptions.js';

const SAVED_AFTER_MS = 500;
/**
 * After a write what comes meanwhile shares the next transaction: for longer the more there was, and no longer than
 * the least where somebody waits for it.
 */
const PAUSE_MS = { anEvent: 5, least: 5, most: 200 };

/** Follows the log for one view; held, it folds nothing until it is let go. */
export class ViewConsumer implements Consumer {
  readonly name: string;
  readonly types: ReadonlySet<string>;
  readonly reveal: boolean;
  readonly callers: boolean;
  held: Promise<void> | undefined;
  folding: Promise<void> = Promise.resolve();
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

  async handle({ events, upTo }: LogBatch) {
    if (events.length > 0) {
      await this.held;
      await (this.folding = foldBatch(this.store, this.name, this.view, { events, upTo }));
    } else if (upTo > this.unsaved) {
      this.unsaved = upTo;
      this.saving ??= this.saveLater();
    }
    this.progress.advance(this.name, upTo);
    if (events.length > 0) await this.pause(Math.min(events.length * PAUSE_MS.anEvent, PAUSE_MS.most));
  }

  async idle() {
    await this.saving;
  }

  private async pause(milliseconds: number) {
    await this.sleep(PAUSE_MS.least, this.stopping);
    const urgent = new AbortController();
    this.progress.whenUrgent(this.name, () => urgent.abort(null));
    if (!urgent.signal.aborted) await this.sleep(milliseconds - PAUSE_MS.least, urgent.signal);
  }

  private async sleep(milliseconds: number, signal: AbortSignal) {
    if (milliseconds > 0) await this.clock.sleep(milliseconds, signal).catch(() => undefined);
  }

  /** Where nothing was folded there is no hurry: other processes see the place a moment later. */
  private async saveLater() {
    await this.sleep(SAVED_AFTER_MS, this.stopping);
    await this.held;
    this.saving = undefined;
    await this.store.write(this.name, new Map(), this.unsaved).catch(() => undefined);
  }
}
