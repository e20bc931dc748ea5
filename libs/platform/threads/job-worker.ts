import { parentPort } from 'node:worker_threads';
import { reasonOf } from '#kernel/errors';
import type { Answer, FromThread, ToThread } from './job-thread.js';
import { standBack } from './stand-back.js';

export type Work<Job, Result> = Readonly<{
  run: (job: Job, stopping: AbortSignal) => Promise<Result>;
  /** What of a result may go as it is; see `own-memory.ts`. */
  given?: (result: Result) => readonly ArrayBuffer[];
  close?: () => void;
}>;

/** For the one who started this thread with a `JobThread`. */
export const warn = (warning: string) => parentPort?.postMessage({ warning } satisfies FromThread<never>);

/** Serves the `JobThread` that started this thread, until it says `close`. */
export const serveJobs = <Job, Result>({ run, given, close }: Work<Job, Result>) => {
  const port = parentPort;
  if (!port) throw new Error('This runs in a worker thread');
  standBack();
  const underWay = new Map<number, AbortController>();
  const say = (answer: Answer<Result>, given: readonly ArrayBuffer[] = []) =>
    port.postMessage(answer satisfies FromThread<Result>, given);

  const serve = async (id: number, job: Job) => {
    const stopping = new AbortController();
    underWay.set(id, stopping);
    try {
      const result = await run(job, stopping.signal);
      say({ id, result }, given?.(result));
    } catch (error) {
      say({ id, failure: reasonOf(error) });
    } finally {
      underWay.delete(id);
    }
  };

  port.on('message', (message: ToThread<Job>) => {
    if (message === 'close') {
      close?.();
      port.close();
    } else if ('stop' in message) underWay.get(message.stop)?.abort();
    else for (const { id, job } of message.jobs) void serve(id, job);
  });
};
