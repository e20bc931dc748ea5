import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { unavailable } from '#kernel/errors';
import type { Unparsed } from '#mail/message/limits';
import { unparsed } from '#mail/message/parse-message';
import type { ParsedMessage } from '#mail/message/parsed-message';
import { Parser } from './parser.js';
import { ParseThread } from './parse-thread.js';

export type PoolLimits = Readonly<{
  threads: number;
  /** One message; then its thread is killed. */
  timeMs: number;
  heapMb: number;
  /** Messages that may wait, and their bytes in all. */
  waiting: number;
  waitingBytes: number;
}>;

export const POOL_LIMITS: PoolLimits = {
  threads: 2,
  timeMs: 5_000,
  heapMb: 256,
  waiting: 1_000,
  waitingBytes: 128 * 1024 * 1024,
};

type Task = Readonly<{
  raw: Uint8Array;
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
    this.queue.push({ raw, answer: resolve, refuse: reject });
    this.queuedBytes += raw.length;
    this.next();
    return promise;
  }

  async onApplicationShutdown() {
    this.closed = true;
    const error = unavailable('parser-busy', 'The server is stopping');
    this.queue.splice(0).forEach(({ refuse }) => refuse(error));
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private next(): void {
    const thread = this.threads.find(({ idle }) => idle);
    const task = thread && this.queue.shift();
    if (!task) return;
    this.queuedBytes -= task.raw.length;
    thread.run(task.raw, (result) =>
      task.answer(typeof result === 'string' ? fallback(task.raw, result) : result),
    );
    this.next();
  }
}

const fallback = (raw: Uint8Array, reason: Unparsed): ParsedMessage => unparsed(raw, reason);
