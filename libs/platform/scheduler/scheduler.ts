import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { reasonOf } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';

export type Job = Readonly<{
  name: string;
  everyMs: number;
  /** Does what is due; it may be run again at any time, by another process too. */
  run: (stopping: AbortSignal) => Promise<void>;
}>;

/** Periodic work over views. A run that fails is logged and the next one comes at its time; runs never overlap. */
@Injectable()
export class Scheduler implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Scheduler.name);
  private readonly stop = new AbortController();
  private readonly loops: Promise<void>[] = [];

  constructor(private readonly clock: Clock) {}

  /** From now on, the first run at once; the answer asks for a run before its time. */
  start(job: Job): () => void {
    let wake = () => {};
    this.loops.push(
      this.loop(job, () => {
        const woken = Promise.withResolvers<void>();
        wake = woken.resolve;
        return woken.promise;
      }),
    );
    return () => wake();
  }

  async beforeApplicationShutdown() {
    this.stop.abort();
    await Promise.all(this.loops);
  }

  private async loop({ name, everyMs, run }: Job, nextWake: () => Promise<void>) {
    const { signal } = this.stop;
    while (!signal.aborted) {
      const woken = nextWake();
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) this.logger.error(`${name} failed: ${reasonOf(error)}`);
      }
      const pause = new AbortController();
      const slept = this.clock.sleep(everyMs, AbortSignal.any([signal, pause.signal])).catch(() => undefined);
      await Promise.race([slept, woken]);
      pause.abort();
    }
  }
}
