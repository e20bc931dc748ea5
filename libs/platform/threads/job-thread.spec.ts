import { getPriority } from 'node:os';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { OddJob } from '#testing/odd-jobs';
import { JobThread } from './job-thread.js';

let thread: JobThread<OddJob, string>;
let warnings: string[];
beforeEach(() => {
  warnings = [];
  thread = new JobThread({
    script: new URL('../../testing/odd-jobs.js', import.meta.url),
    name: 'odd jobs',
    heapMb: 64,
    warn: (text) => warnings.push(text),
  });
});
afterEach(() => thread.close());

it('answers each job with what came of it, and says what the thread had to say', async () => {
  const failing = expect(thread.run('fail')).rejects.toThrow('RangeError');
  expect(await Promise.all([thread.run('answer'), thread.run('warn')])).toEqual(['answer', 'warn']);
  await failing;
  expect(warnings).toEqual(['Mind the step']);
});

it('stops the job whose signal says so, and no other', async () => {
  const stopping = new AbortController();
  const stopped = thread.run('wait to be stopped', [], stopping.signal);
  const other = thread.run('wait to be stopped', [], new AbortController().signal);
  stopping.abort();
  expect(await stopped).toBe('wait to be stopped');
  expect(await Promise.race([other, thread.run('answer')])).toBe('answer');
});

it('leaves nobody waiting once it is closed', async () => {
  const left = thread.run('wait to be stopped').catch(String);
  await thread.run('answer');
  await thread.close();
  expect(await left).toContain('was lost');
});

it('fails what was under way when its thread is lost, and begins another for what comes then', async () => {
  const lost = thread.run('wait to be stopped').catch(String);
  await expect(thread.run('die')).rejects.toThrow('The thread "odd jobs" was lost');
  expect(await lost).toContain('was lost');
  expect(warnings).toEqual(['The thread "odd jobs" was lost']);
  expect(await thread.run('answer')).toBe('answer');
});

it('stands back behind the main loop, which stays as it was', async () => {
  const before = getPriority();
  const niceness = Number(await thread.run('tell your niceness'));
  expect(getPriority()).toBe(before);
  if (process.platform === 'linux') expect(niceness).toBeGreaterThan(before);
});
