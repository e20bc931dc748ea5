import { setTimeout } from 'node:timers/promises';

/** Whether it is done in so many milliseconds; rejects as it does. */
export const settlesWithin = async (milliseconds: number, work: Promise<unknown>): Promise<boolean> => {
  const over = new AbortController();
  const late = setTimeout(Math.max(0, milliseconds), false, { signal: over.signal });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
};
