import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Position } from '#kernel/event-store';
import { Rebuilder, type Target } from './rebuild.js';

/** What the thread is told: the views by their names, which it knows as this thread does. */
export type RebuildOrder<Settings> = Readonly<{
  settings: Settings;
  targets: readonly Readonly<{ view: string; collection: string }>[];
  upTo: Position;
}>;

/** In a thread of its own, which ends with its work: whoever answers requests meanwhile does not notice. */
export class ThreadRebuilder<Settings> extends Rebuilder {
  /** `script` fills what a `RebuildOrder` in its `workerData` names, and ends. */
  constructor(
    private readonly script: URL,
    private readonly settings: Settings,
  ) {
    super();
  }

  async fill(targets: readonly Target[], upTo: Position): Promise<void> {
    const order: RebuildOrder<Settings> = {
      settings: this.settings,
      targets: targets.map(({ view, collection }) => ({ view: view.name, collection })),
      upTo,
    };
    const worker = new Worker(this.script, { workerData: order });
    const [status] = (await once(worker, 'exit')) as [number];
    if (status !== 0) throw new Error('The thread that rebuilt views ended before it was done');
  }
}
