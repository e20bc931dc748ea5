import { describe, expect, it } from '@jest/globals';
import { SystemClock } from './clock.js';

describe('the clock of the system', () => {
  const clock = new SystemClock();

  it('sleeps as long as it is told', async () => {
    const begin = performance.now();
    await clock.sleep(20, new AbortController().signal);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(19);
  });

  it.each(['before', 'while'])('is woken with the reason that it is told %s it sleeps', async (when) => {
    const control = new AbortController();
    if (when === 'before') control.abort('enough');
    const slept = clock.sleep(60_000, control.signal);
    control.abort('enough');
    await expect(slept).rejects.toBe('enough');
  });
});
