import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Batch } from '#platform/process/batch';
import type { Sent } from './client.js';
import type { FromThread, Result, Settings, ToThread } from './thread-protocol.js';
import type { Mail } from './transaction.js';

const HEAP_MB = 256;
const GOODBYE_MS = 500;
/** What has more than this is sent to the thread as it is, instead of a copy. */
const GIVEN_AWAY = 64 * 1024;

type Open = Readonly<{ id: number; mail: Mail; domain: string | null }>;

/**
 * An `SmtpClient` in a thread of its own, so that what encryption costs, and whatever peers say, holds up nobody
 * else. The thread begins with the first message; should it end, it is not known what became of those under way.
 */
export class ClientThread {
  private worker: Worker | null = null;
  private readonly open = new Map<number, PromiseWithResolvers<Sent>>();
  private readonly jobs = new Batch<Open>((jobs) => this.hand(jobs));
  private last = 0;

  constructor(
    private readonly settings: Settings,
    private readonly warn: (text: string) => void,
  ) {}

  /**
   * To the hosts of a domain, or with null to the relay. Rejects only where the message may have been accepted without
   * our hearing it. Its content is given away: nobody may read it afterwards.
   */
  send(domain: string | null, mail: Mail, signal: AbortSignal): Promise<Sent> {
    const id = (this.last += 1);
    const job = Promise.withResolvers<Sent>();
    this.open.set(id, job);
    this.jobs.add({ id, domain, mail });
    const stop = () => this.post({ stop: id });
    signal.addEventListener('abort', stop, { once: true });
    return job.promise.finally(() => signal.removeEventListener('abort', stop));
  }

  /** After the last message: says goodbye to the peers that wait for another. */
  async close(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    if (!worker) return;
    const gone = once(worker, 'exit');
    worker.postMessage('close' satisfies ToThread);
    await Promise.race([gone, setTimeout(GOODBYE_MS, undefined, { ref: false })]);
    await worker.terminate();
  }

  private start(): Worker {
    const worker = new Worker(new URL('./client-worker.js', import.meta.url), {
      name: 'smtp client',
      workerData: this.settings,
      resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.unref();
    worker.on('message', (message: FromThread) => {
      if ('warning' in message) this.warn(message.warning);
      else message.results.forEach((result) => this.settle(result));
    });
    // 'exit' follows; the error itself could quote a message.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (worker !== this.worker) return;
      this.worker = null;
      this.warn('The thread that sends mail was lost');
      for (const id of this.open.keys()) this.settle({ id, failure: 'The thread that sends mail was lost' });
    });
    return worker;
  }

  private hand(open: readonly Open[]) {
    const jobs = open.map(({ id, domain, mail }) => ({ id, job: { domain, mail } }));
    const large = open.map(({ mail }) => mail.content).filter(isOwn);
    this.post(
      { jobs },
      large.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  private settle(result: Result) {
    const job = this.open.get(result.id);
    this.open.delete(result.id);
    if ('sent' in result) job?.resolve(result.sent);
    else job?.reject(new Error(result.failure));
  }

  private post(message: ToThread, given: readonly ArrayBuffer[] = []) {
    this.worker ??= this.start();
    this.worker.postMessage(message, given);
  }
}

const isOwn = ({ buffer, byteLength }: Buffer): boolean =>
  byteLength > GIVEN_AWAY && byteLength === buffer.byteLength;
