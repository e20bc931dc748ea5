import { once } from 'node:events';
import { getPriority } from 'node:os';
import { serveJobs, warn } from '#platform/threads/job-worker';

export type OddJob = 'answer' | 'fail' | 'warn' | 'die' | 'wait to be stopped' | 'tell your niceness';

/** A thread for the spec of `JobThread`. */
serveJobs<OddJob, string>({
  run: async (job, stopping) => {
    if (job === 'fail') throw new RangeError('It quotes a message');
    if (job === 'warn') warn('Mind the step');
    if (job === 'die') process.exit(1);
    if (job === 'wait to be stopped') await once(stopping, 'abort');
    return job === 'tell your niceness' ? String(getPriority()) : job;
  },
});
