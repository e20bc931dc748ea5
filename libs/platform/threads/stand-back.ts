import { constants, getPriority, setPriority } from 'node:os';

const STEPS = 5;

/**
 * Has the calling thread wait where it and the main loop want the same core, so that requests are answered while work
 * piles up. Linux alone keeps a niceness for each thread (setpriority(2)); elsewhere it would be the whole process's.
 */
export const standBack = (): void => {
  if (process.platform === 'linux')
    setPriority(Math.min(getPriority() + STEPS, constants.priority.PRIORITY_LOW));
};
