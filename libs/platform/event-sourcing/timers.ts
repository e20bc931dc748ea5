import { Injectable, Logger } from '@nestjs/common';
import { isFinal, reasonOf } from '#kernel/errors';
import { EventStore } from '#kernel/event-store';
import type { AnyCommand, Event } from '#kernel/messages';
import type { Timers as Entries } from '#kernel/saga';
import { Clock } from '#platform/clock/clock';
import { Scheduler } from '#platform/scheduler/scheduler';
import { causedBy } from './cause.js';
import { Codec } from './codec.js';
import { Commands } from './commands.js';
import { Directory } from './directory.js';
import { Features } from './features.js';
import { TimerViews, type TimerView } from './timer-view.js';

type AnyEntries = Entries<Event, AnyCommand>;

const EVERY_MS = 1_000;
const FIRED_AT_ONCE = 16;
/** Beyond these it is asked again, which does no harm. */
const REMEMBERED = 10_000;

/**
 * Fires what is due. The timers are a view like any other, so they survive whatever the log survives. Whoever
 * fires, the command is the same, and the aggregate decides whether it still matters.
 */
@Injectable()
export class Timers {
  private readonly logger = new Logger(Timers.name);
  /** What was fired and had nothing to do any more: it is not asked again by this process. */
  private readonly settled = new Set<string>();
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly features: Features,
    private readonly views: TimerViews,
    private readonly scheduler: Scheduler,
    private readonly directory: Directory,
    private readonly log: EventStore,
    private readonly codec: Codec,
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  /** Once the view can be asked. */
  start() {
    this.scheduler.start({ name: 'timers', everyMs: EVERY_MS, run: (stopping) => this.fireDue(stopping) });
  }

  private async fireDue(stopping: AbortSignal) {
    if (this.settled.size > REMEMBERED) this.settled.clear();
    const view = this.views.view as never;
    for await (const { document } of this.directory.each(view, 'due' as never, {
      before: this.clock.now(),
    })) {
      if (stopping.aborted) break;
      const timer = document as TimerView;
      const id = `${timer.stream}@${timer.revision}`;
      if (this.settled.has(id) || this.underWay.has(id)) continue;
      while (this.underWay.size >= FIRED_AT_ONCE) await Promise.race(this.underWay.values());
      const done = this.fire(timer, id).finally(() => this.underWay.delete(id));
      this.underWay.set(id, done);
    }
    if (stopping.aborted) await Promise.all(this.underWay.values());
  }

  private async fire({ process, type, stream, revision }: TimerView, id: string): Promise<void> {
    try {
      const [stored] = await this.log.read(stream, { from: BigInt(revision), limit: 1 });
      const entries = this.features.processes.find(({ name }) => name === process)?.timers as AnyEntries;
      if (!stored) return;
      const event = await this.codec.decode(stored, { reveal: true });
      const command = entries[type]?.(event)?.command;
      if (command)
        await this.commands.execute(command, causedBy(event, `${process}.timer`, this.clock.now()));
      this.settled.add(id);
    } catch (error) {
      if (isFinal(error)) this.settled.add(id);
      this.logger.warn(`${process}: the timer of ${stream} failed: ${reasonOf(error)}`);
    }
  }
}
