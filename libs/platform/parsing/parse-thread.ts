import { Worker } from 'node:worker_threads';
import type { Unparsed } from '#mail/message/limits';
import type { ParsedMessage } from '#mail/message/parsed-message';
import { exact } from '#platform/threads/own-memory';

/** After a message of this size a thread is renewed: it would keep the memory that it took. */
const RENEWED_AFTER_BYTES = 2 * 1024 * 1024;

/** One for each message in their order, or why there are none. */
type Answer = (result: readonly ParsedMessage[] | Unparsed) => void;

/** One thread, some messages at a time. When they kill it, they are answered and a new thread begins. */
export class ParseThread {
  /** Once it can take the first message. Rejects when it cannot be started at all. */
  readonly ready: Promise<void>;
  private worker: Worker;
  private up = false;
  private closed = false;
  private isSpent = false;
  private answer: Answer | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: Readonly<{ heapMb: number; timeMs: number }>,
    private readonly onIdle: () => void,
    private readonly onReplaced: (reason: Unparsed) => void,
  ) {
    const first = Promise.withResolvers<void>();
    this.ready = first.promise;
    this.ready.catch(() => undefined);
    this.worker = this.start(first);
  }

  get idle(): boolean {
    return this.up && this.answer === null && !this.closed;
  }

  run(raws: readonly Uint8Array[], answer: Answer): void {
    this.answer = answer;
    this.isSpent = raws.some(({ length }) => length > RENEWED_AFTER_BYTES);
    this.timer = setTimeout(() => this.replace('time'), this.limits.timeMs);
    this.worker.ref();
    this.worker.postMessage(raws.map(exact));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.settle('time');
    await this.worker.terminate();
  }

  private start(first?: PromiseWithResolvers<void>): Worker {
    const worker = new Worker(new URL('./parse-worker.js', import.meta.url), {
      name: 'parse',
      resourceLimits: { maxOldGenerationSizeMb: this.limits.heapMb },
    });
    // Idle threads keep no process alive.
    worker.unref();
    worker.on('message', (message: readonly ParsedMessage[] | 'ready') => {
      if (worker !== this.worker) return;
      if (message === 'ready') {
        this.up = true;
        first?.resolve();
      } else this.settle(message);
      if (this.isSpent) this.renew();
      else this.onIdle();
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      first?.reject(error);
      if (worker === this.worker)
        this.replace(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'too-large' : 'malformed');
    });
    worker.on('exit', () => {
      if (worker === this.worker) this.replace('malformed');
    });
    return worker;
  }

  private settle(result: readonly ParsedMessage[] | Unparsed): void {
    clearTimeout(this.timer);
    const answer = this.answer;
    this.answer = null;
    this.worker.unref();
    answer?.(result);
  }

  private renew(): void {
    this.isSpent = this.up = false;
    void this.worker.terminate();
    this.worker = this.start();
  }

  private replace(reason: Unparsed): void {
    if (this.closed) return;
    const [old, failedToStart] = [this.worker, !this.up];
    this.isSpent = this.up = false;
    this.settle(reason);
    this.onReplaced(reason);
    void old.terminate();
    if (!failedToStart) this.worker = this.start();
    else setTimeout(() => !this.closed && (this.worker = this.start()), 1_000).unref();
  }
}
