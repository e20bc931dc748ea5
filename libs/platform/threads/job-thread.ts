import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Batch } from './batch.js';

export type ToThread<Job> =
  Readonly<{ jobs: readonly Readonly<{ id: number; job: Job }>[] }> | Readonly<{ stop: number }> | 'close';

export type Answer<Result> = Readonly<{ id: number } & ({ result: Result } | { failure: string })>;
/** Each answer by itself and at once: those before it shall not wait for those after it. */
export type FromThread<Result> = Answer<Result> | Readonly<{ warning: string }>;

export type ThreadOptions = Readonly<{
  /** Of a module that calls `serveJobs`. */
  script: URL;
  name: string;
  heapMb: number;
  workerData?: unknown;
  warn: (text: string) => void;
}>;

const GOODBYE_MS = 500;

/** What became of the job is known to nobody. By its code: an error may come from another realm. */
class ThreadLost extends Error {
  readonly code = 'thread-lost';

  constructor(name: string) {
    super(`The thread "${name}" was lost`);
  }
}

export const isThreadLost = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'thread-lost';

type Waiting<Job> = Readonly<{ id: number; job: Job; given: readonly ArrayBuffer[] }>;

/** Has work done in a thread of its own, many jobs at a time. It begins with the first; one that is lost is replaced. */
export class JobThread<Job, Result> {
  private worker: Worker | null = null;
  private readonly open = new Map<number, PromiseWithResolvers<Result>>();
  private readonly jobs = new Batch<Waiting<Job>>((jobs) => this.hand(jobs));
  private last = 0;

  constructor(private readonly options: ThreadOptions) {}

  /** Rejects with the name of what the job failed with, or `thread-lost`; a stopped job still settles in its own way. */
  run(job: Job, given: readonly ArrayBuffer[] = [], signal?: AbortSignal): Promise<Result> {
    const id = (this.last += 1);
    const open = Promise.withResolvers<Result>();
    this.open.set(id, open);
    this.jobs.add({ id, job, given });
    if (!signal) return open.promise;
    // Not before the job itself.
    const stop = () => setImmediate(() => this.open.has(id) && this.post({ stop: id }));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    return open.promise.finally(() => signal.removeEventListener('abort', stop));
  }

  /** After the last job: one that is still under way is lost with the thread. */
  async close(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    if (!worker) return;
    const gone = once(worker, 'exit');
    worker.postMessage('close' satisfies ToThread<Job>);
    await Promise.race([gone, setTimeout(GOODBYE_MS, undefined, { ref: false })]);
    await worker.terminate();
    this.lose();
  }

  private start(): Worker {
    const { script, name, heapMb, workerData, warn } = this.options;
    const worker = new Worker(script, {
      name,
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    worker.unref();
    worker.on('message', (message: FromThread<Result>) => {
      if ('warning' in message) warn(message.warning);
      else this.settle(message);
    });
    // 'exit' follows; the error itself could quote a message.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (worker !== this.worker) return;
      this.worker = null;
      warn(`The thread "${name}" was lost`);
      this.lose();
    });
    return worker;
  }

  private lose() {
    for (const { reject } of this.open.values()) reject(new ThreadLost(this.options.name));
    this.open.clear();
  }

  private hand(waiting: readonly Waiting<Job>[]) {
    const jobs = waiting.map(({ id, job }) => ({ id, job }));
    this.post(
      { jobs },
      waiting.flatMap(({ given }) => given),
    );
  }

  private settle(answer: Answer<Result>) {
    const open = this.open.get(answer.id);
    this.open.delete(answer.id);
    if ('result' in answer) open?.resolve(answer.result);
    else open?.reject(new Error(answer.failure));
  }

  private post(message: ToThread<Job>, given: readonly ArrayBuffer[] = []) {
    this.worker ??= this.start();
    this.worker.postMessage(message, given);
  }
}
