import { availableParallelism } from 'node:os';

/**
 * What memory a heap takes is decided when a process begins. By itself V8 lets dead objects pile up to three times
 * the living ones, and malloc keeps what each thread freed for that thread alone: together half of all that this
 * process would hold under load.
 */
const HEAP = ['--max-semi-space-size=8', '--max-old-space-size=1024'];
/** V8's helpers for all heaps of the process; by itself it takes four however few cores there are. */
const HELPERS = `--v8-pool-size=${Math.min(Math.max(availableParallelism() - 1, 1), 4)}`;
const MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: String(256 * 1024) };

/** Begins this process anew, under its id, with bounds on its memory; what an operator has set stays. */
export const boundMemory = () => {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  const wanted = [...HEAP, HELPERS].filter((flag) => !given.includes(flag.slice(0, flag.indexOf('='))));
  if (wanted.length === 0 || !process.execve) return;
  const words = [...wanted, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, [process.execPath, ...words], { ...MALLOC, ...process.env });
};
