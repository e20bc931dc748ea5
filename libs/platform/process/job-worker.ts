import { parentPort } from 'node:worker_threads';
import { reasonOf } from '#kernel/errors';
import { Batch } from './batch.js';
import type { Answer, FromThread, ToThread } from './job-thread.js';

type Served<Result> = Readonly<{ answer: Answer<Result>; given: readonly ArrayBuffer[] }>;

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
  const underWay = new Map<number, AbortController>();
  const served = new Batch<Served<Result>>((all) => {
    const message: FromThread<Result> = { answers: all.map(({ answer }) => answer) };
    port.postMessage(
      message,
      all.flatMap((each) => each.given),
    );
  });

  const serve = async (id: number, job: Job) => {
    const stopping = new AbortController();
    underWay.set(id, stopping);
    try {
      const result = await run(job, stopping.signal);
      served.add({ answer: { id, result }, given: given?.(result) ?? [] });
    } catch (error) {
      served.add({ answer: { id, failure: reasonOf(error) }, given: [] });
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
