import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/**
 * What memory a heap takes is decided when a process begins. By itself V8 lets dead objects pile up to three times
 * the living ones, and malloc keeps what each thread freed for that thread alone: together half of all that this
 * process would hold under load.
 */
const YOUNG = '--max-semi-space-size=32';
const OLD = '--max-old-space-size=1024';
/**
 * The young generation of a thread, in MiB of each half. What is under way for hundreds of callers should die in that of the
 * main loop, which is large; what a thread makes for a job is dead when the job is done, and there are a dozen.
 */
const THREADS = '--max-semi-space-size=4';
/** V8's helpers for all heaps of the process; by itself it takes four however few cores there are. */
const HELPERS = `--v8-pool-size=${Math.min(Math.max(availableParallelism() - 1, 1), 4)}`;
const MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: String(256 * 1024) };

/**
 * Begins this process anew, under its id, with bounds on its memory; what an operator has set stays. Call it before there
 * is a thread: V8 looks at the flags when it makes a heap.
 */
export const boundMemory = () => {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  const wanted = [YOUNG, OLD, HELPERS].filter((flag) => !given.includes(flag.slice(0, flag.indexOf('='))));
  if (given.includes(YOUNG)) setFlagsFromString(THREADS);
  if (wanted.length === 0 || !process.execve) return;
  const words = [...wanted, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, [process.execPath, ...words], { ...MALLOC, ...process.env });
};
