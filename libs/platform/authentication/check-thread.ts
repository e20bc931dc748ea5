import { Worker } from 'node:worker_threads';
import { unknown, type Authentication, type Resolver } from '#mail/authentication/verify';
import type { FromThread, Job, ToThread } from './protocol.js';

/** A thread that answers nothing for this long after a job's time is stuck. */
const GRACE_MS = 500;
const HEAP_MB = 128;

type Open = Readonly<{ resolve: (found: Authentication) => void; timer: NodeJS.Timeout }>;

/** One thread, many messages at a time. If one of them gets it stuck or kills it, all of them stay unknown. */
export class CheckThread {
  private worker: Worker | null = null;
  private readonly open = new Map<number, Open>();
  private last = 0;

  constructor(
    private readonly resolver: Resolver,
    private readonly onLost: () => void,
    private readonly isRenewed = false,
  ) {}

  get load(): number {
    return this.open.size;
  }

  begin(): void {
    this.worker ??= this.start();
  }

  check(job: Job): Promise<Authentication> {
    this.begin();
    const id = (this.last += 1);
    const { promise, resolve } = Promise.withResolvers<Authentication>();
    this.open.set(id, { resolve, timer: setTimeout(() => this.lose(), job.timeMs + GRACE_MS) });
    this.send({ type: 'check', id, job });
    return promise;
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    this.giveUp();
    await worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(new URL('./check-worker.js', import.meta.url), {
      name: 'checks',
      resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.unref();
    worker.on('message', (message: FromThread) => {
      if (message.type === 'question') void this.look(worker, message.id, message.name, message.rrtype);
      else this.settle(message.id, message.authentication);
    });
    // 'exit' follows; the error itself could quote a message.
    worker.on('error', () => undefined);
    worker.on('exit', () => worker === this.worker && this.lose());
    return worker;
  }

  private async look(worker: Worker, id: number, name: string, rrtype: string): Promise<void> {
    const answer: ToThread = await this.resolver(name, rrtype).then(
      (records) => ({ type: 'records', id, records }),
      ({ code = 'ESERVFAIL' }: { code?: string }) => ({ type: 'fault', id, code }),
    );
    if (worker === this.worker) this.send(answer);
  }

  private settle(id: number, found: Authentication): void {
    const job = this.open.get(id);
    if (!job) return;
    this.open.delete(id);
    clearTimeout(job.timer);
    job.resolve(found);
    // It would keep the memory that large messages took; the next one gets a new thread.
    if (this.isRenewed && this.worker && this.open.size === 0) void this.close();
  }

  private lose(): void {
    this.onLost();
    void this.close();
  }

  private giveUp(): void {
    for (const id of this.open.keys()) this.settle(id, unknown());
  }

  private send(message: ToThread): void {
    this.worker?.postMessage(message);
  }
}
