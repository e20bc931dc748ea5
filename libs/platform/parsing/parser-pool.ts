import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { unavailable } from '#kernel/errors';
import type { Unparsed } from '#mail/message/limits';
import { unparsed } from '#mail/message/parse-message';
import type { ParsedMessage } from '#mail/message/parsed-message';
import { Parser, SMALL_MAIL } from './parser.js';
import { ParseThread } from './parse-thread.js';

export type PoolLimits = Readonly<{
  threads: number;
  /** One message; then its thread is killed. */
  timeMs: number;
  heapMb: number;
  /** Messages that may wait, and their bytes in all. */
  waiting: number;
  waitingBytes: number;
  /** What a message may have at most to go together with others. */
  companyBytes: number;
}>;

export const POOL_LIMITS: PoolLimits = {
  threads: 2,
  timeMs: 5_000,
  heapMb: 256,
  waiting: 1_000,
  waitingBytes: 128 * 1024 * 1024,
  companyBytes: SMALL_MAIL,
};

/** Messages that go to a thread together. */
const TOGETHER = 16;

type Task = Readonly<{
  raw: Uint8Array;
  /** Was in company that broke its thread. */
  isAlone: boolean;
  answer: (message: ParsedMessage) => void;
  refuse: (error: unknown) => void;
}>;

/** Threads that parse, so that a hostile message costs seconds of one of them and nothing else. */
@Injectable()
export class ParserPool extends Parser implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(ParserPool.name);
  private readonly threads: ParseThread[];
  private readonly queue: Task[] = [];
  private queuedBytes = 0;
  private closed = false;

  constructor(private readonly limits: PoolLimits = POOL_LIMITS) {
    super();
    const { heapMb, timeMs } = limits;
    this.threads = Array.from(
      { length: limits.threads },
      () =>
        new ParseThread(
          { heapMb, timeMs },
          () => this.next(),
          (reason) => this.logger.warn(`A parser thread was replaced: ${reason}`),
        ),
    );
  }

  async onModuleInit() {
    await Promise.all(this.threads.map((thread) => thread.ready));
  }

  override parse(raw: Uint8Array): Promise<ParsedMessage> {
    const { waiting, waitingBytes } = this.limits;
    if (this.closed || this.queue.length >= waiting || this.queuedBytes + raw.length > waitingBytes) {
      return Promise.reject(unavailable('parser-busy', 'Too many messages wait to be parsed'));
    }
    const { promise, resolve, reject } = Promise.withResolvers<ParsedMessage>();
    this.enqueue({ raw, isAlone: false, answer: resolve, refuse: reject });
    this.next();
    return promise;
  }

  async onApplicationShutdown() {
    this.closed = true;
    for (const { refuse } of this.queue.splice(0)) refuse(stopping());
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private enqueue(task: Task): void {
    this.queue.push(task);
    this.queuedBytes += task.raw.length;
  }

  private next(): void {
    const idle = this.threads.filter((thread) => thread.idle);
    for (const [at, thread] of idle.entries()) {
      const tasks = this.take(thread === this.threads[0], idle.length - at);
      if (tasks.length === 0) continue;
      for (const { raw } of tasks) this.queuedBytes -= raw.length;
      const raws = tasks.map(({ raw }) => raw);
      thread.run(raws, (result) => this.settle(tasks, result));
    }
  }

  /**
   * Small messages share the way to a thread and back, which costs as much as parsing them. The first thread is for
   * them alone, for somebody waits for each of them, unless there is no other.
   */
  private take(isFirst: boolean, idle: number): readonly Task[] {
    const takesAny = !isFirst || this.threads.length === 1;
    const first = this.queue.findIndex((task) => takesAny || this.isCompany(task));
    if (first < 0) return [];
    const fair = Math.min(TOGETHER, Math.ceil((this.queue.length - first) / idle));
    const company = this.queue.slice(first, first + fair).findIndex((task) => !this.isCompany(task));
    return this.queue.splice(first, company < 0 ? fair : Math.max(1, company));
  }

  private isCompany({ raw, isAlone }: Task): boolean {
    return !isAlone && raw.length <= this.limits.companyBytes;
  }

  private settle(tasks: readonly Task[], result: readonly ParsedMessage[] | Unparsed): void {
    if (this.closed) return tasks.forEach(({ refuse }) => refuse(stopping()));
    if (typeof result === 'string' && tasks.length > 1)
      return tasks.forEach((task) => this.enqueue({ ...task, isAlone: true }));
    for (const [index, { raw, answer, refuse }] of tasks.entries()) {
      const message = typeof result === 'string' ? undefined : result[index];
      try {
        answer(message ?? unparsed(raw, typeof result === 'string' ? result : 'malformed'));
      } catch (error) {
        // Nobody else would catch it, and the process would end.
        refuse(error);
      }
    }
  }
}

const stopping = () => unavailable('parser-busy', 'The server is stopping');
