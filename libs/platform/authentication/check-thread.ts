import { Worker } from 'node:worker_threads';
import { unknown, type Authentication } from '#mail/authentication/verify';
import type { RecordResolver } from '#platform/dns/record-resolver';
import { Batch } from '#platform/threads/batch';
import type { Answer, FromThread, Job, ToThread } from './protocol.js';

/** A thread that answers nothing for this long after a job's time is stuck. */
const GRACE_MS = 500;
const HEAP_MB = 128;

type Open = Readonly<{ resolve: (found: Authentication) => void; timer: NodeJS.Timeout }>;

/** One thread, many messages at a time. If one of them gets it stuck or kills it, all of them stay unknown. */
export class CheckThread {
  private worker: Worker | null = null;
  private readonly open = new Map<number, Open>();
  private readonly jobs = new Batch<ToThread['jobs'][number]>((jobs) => this.send({ jobs, answers: [] }));
  private last = 0;

  constructor(
    private readonly resolver: RecordResolver,
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
    this.jobs.add({ id, job });
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
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.unref();
    const answers = new Batch<ToThread['answers'][number]>((all) => {
      if (worker === this.worker) this.send({ jobs: [], answers: all });
    });
    worker.on('message', ({ questions, results }: FromThread) => {
      for (const { id, authentication } of results) this.settle(id, authentication);
      for (const { id, name, rrtype } of questions)
        void this.look(name, rrtype).then((answer) => answers.add({ id, answer }));
    });
    // 'exit' follows; the error itself could quote a message.
    worker.on('error', () => undefined);
    worker.on('exit', () => worker === this.worker && this.lose());
    return worker;
  }

  private look(name: string, rrtype: string): Promise<Answer> {
    return this.resolver(name, rrtype).catch(({ code = 'ESERVFAIL' }: { code?: string }) => ({
      fault: code,
    }));
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
