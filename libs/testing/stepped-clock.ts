import { Clock } from '#platform/clock/clock';
import { NOW } from './context.js';

type Sleeper = { readonly until: number; readonly wake: () => void };

/** Stands still until it is moved on, and who sleeps until then sleeps. Waits of up to a second pass at once. */
export class SteppedClock extends Clock {
  private at = Date.parse(NOW);
  private sleepers: Sleeper[] = [];

  now(): string {
    return new Date(this.at).toISOString();
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (milliseconds <= 1_000) return new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((wake, stop) => {
      this.sleepers.push({ until: this.at + milliseconds, wake });
      signal?.addEventListener('abort', () => stop(signal.reason as Error), { once: true });
    });
  }

  advance(milliseconds: number) {
    this.at += milliseconds;
    const due = this.sleepers.filter(({ until }) => until <= this.at);
    this.sleepers = this.sleepers.filter(({ until }) => until > this.at);
    for (const { wake } of due) wake();
  }
}
