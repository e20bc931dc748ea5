import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { OutcomeUnknown, unavailable } from '#kernel/errors';
import type { Faults } from './faults.js';

/** Why a request has no answer. After `not-written` nothing changed; after `unknown` only a reading can tell. */
export type Failure = Readonly<{ failure: 'not-written' | 'unknown' }>;

/** One message to the worker, and one back: what was asked for in one turn of the loop, and what came of it. */
export type Group<Request> = readonly Request[];
export type Answers<Answer> = readonly (Answer | Failure)[];

type Waiting<Request, Answer> = Readonly<{
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}>;

/** What comes meanwhile is the next group. Two at once would split the callers over twice as many commits. */
const IN_FLIGHT = 1;
const LARGEST_GROUP = 1_024;

const away = () => unavailable('store-unavailable', 'It cannot be stored just now, so nothing was done');

/**
 * The writing half of an embedded store. Its database is written by one worker thread (`committer.ts`), which
 * makes one transaction of whatever waits; a request is answered once its transaction is on the disk.
 */
export class GroupCommit<Request, Answer> {
  private waiting: Waiting<Request, Answer>[] = [];
  private readonly inFlight: Waiting<Request, Answer>[][] = [];
  private isScheduled = false;
  private isOpen = true;
  /** The thread ended by itself, as it does after a sync that failed: what it wrote last is known to nobody. */
  isLost = false;
  private readonly gone: Promise<void>;

  private constructor(
    private readonly worker: Worker,
    /** Called in the order of the commits, before their callers hear of them. */
    private readonly committed: (request: Request, answer: Answer) => void,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    // 'exit' follows and settles what was under way; the error itself could quote what was being stored.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.isLost = this.isOpen;
      this.abandon();
      resolve();
    });
    worker.on('message', (groups: readonly Answers<Answer>[]) =>
      groups.forEach((group) => this.settle(group)),
    );
  }

  /** The worker opens its database, making it where there is none, before this settles. */
  static async start<Request, Answer>(
    script: URL,
    workerData: Readonly<{ path: string; faults: Faults | undefined }>,
    committed: (request: Request, answer: Answer) => void = () => undefined,
  ): Promise<GroupCommit<Request, Answer>> {
    const worker = new Worker(script, { workerData, name: path.basename(workerData.path) });
    await once(worker, 'message');
    worker.unref();
    return new GroupCommit(worker, committed);
  }

  /** Throws `store-unavailable` when nothing was written, and `OutcomeUnknown`. */
  submit(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(away());
      this.waiting.push({ request, resolve, reject });
      this.schedule();
    });
  }

  /** What was submitted before is still committed. */
  async close(): Promise<void> {
    this.isOpen = false;
    while (this.waiting.length > 0) this.send();
    this.worker.ref();
    this.worker.postMessage('close');
    await this.gone;
  }

  /** At the end of a turn, so that everybody who asks in it is in the group. */
  private schedule() {
    if (this.isScheduled || this.inFlight.length >= IN_FLIGHT) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      if (this.waiting.length > 0) this.send();
    });
  }

  private send() {
    const group = this.waiting.splice(0, LARGEST_GROUP);
    this.inFlight.push(group);
    // The process may end while nothing is under way, and not before.
    this.worker.ref();
    this.worker.postMessage(group.map(({ request }) => request));
    if (this.waiting.length > 0) this.schedule();
  }

  private settle(answers: Answers<Answer>) {
    const group = this.inFlight.shift() ?? [];
    if (this.inFlight.length === 0 && this.isOpen) this.worker.unref();
    for (const [index, { request }] of group.entries()) {
      const answer = answers[index];
      if (answer !== undefined && !isFailure(answer)) this.committed(request, answer);
    }
    for (const [index, { resolve, reject }] of group.entries()) {
      const answer = answers[index] ?? { failure: 'unknown' };
      if (!isFailure(answer)) resolve(answer);
      else reject(answer.failure === 'unknown' ? new OutcomeUnknown() : away());
    }
    if (this.waiting.length > 0) this.schedule();
  }

  private abandon() {
    this.isOpen = false;
    for (const { reject } of this.inFlight.splice(0).flat()) reject(new OutcomeUnknown());
    for (const { reject } of this.waiting.splice(0)) reject(away());
  }
}

const isFailure = (answer: unknown): answer is Failure =>
  typeof answer === 'object' && answer !== null && 'failure' in answer;
