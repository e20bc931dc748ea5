import { Worker } from 'node:worker_threads';
import type { Chore, ChoreDone } from './maintenance.worker.js';

type Waiting = Readonly<{ resolve: () => void; reject: (error: Error) => void }>;

/** The thread that does for all collections what would make the main loop wait for the disk. */
export class Maintenance {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  do(chore: Omit<Chore, 'id'>): Promise<void> {
    const id = (this.last += 1);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.waiting.set(id, { resolve, reject });
    this.thread().postMessage({ id, ...chore } satisfies Chore);
    return promise;
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(new URL('./maintenance.worker.js', import.meta.url), {
      name: 'views',
    });
    worker.unref();
    worker.on('message', ({ id, failure }: ChoreDone) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (failure) waiting?.reject(new Error(failure));
      else waiting?.resolve();
    });
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.worker = undefined;
      for (const { reject } of this.waiting.values()) reject(new Error('The maintenance thread ended'));
      this.waiting.clear();
    });
    return (this.worker = worker);
  }
}
