import type { Clock } from '#platform/clock/clock';
import { Pace } from './pace.js';

/** What runs side by side to one destination to begin with and at most, and to all together. */
const FIRST = 4;
const MOST = 20;
const IN_ALL = 200;
/** Destinations that are remembered for having complained, though nothing is on its way to them. */
const REMEMBERED = 10_000;

/** How the destination took it: well, it was not there, or it said that it was too much. */
export type Verdict = 'well' | 'away' | 'too-fast';
type Work = () => Promise<Verdict>;
type Lane = { limit: number; active: number; waiting: Work[]; readonly pace: Pace; isPausing: boolean };

/**
 * Work by destination: each gets more at once while it goes well and half as much when it does not, and no more a
 * second than it takes, so that one that is slow costs the others nothing.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private readonly stopping = new AbortController();
  private active = 0;
  private idle: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  /** Whether what is added now begins at once. */
  hasRoom(destination: string): boolean {
    const lane = this.lanes.get(destination);
    if (this.active >= IN_ALL) return false;
    return !lane || (lane.active < lane.limit && !lane.waiting.length && lane.pace.waitMs(this.now()) === 0);
  }

  /** How many have not begun. */
  waiting(destination: string): number {
    return this.lanes.get(destination)?.waiting.length ?? 0;
  }

  /** `work` never rejects. */
  add(destination: string, work: Work) {
    const lane = this.lanes.get(destination) ?? newLane();
    this.lanes.set(destination, lane);
    lane.waiting.push(work);
    this.start(destination, lane);
  }

  /** What waits is forgotten; settles when what is under way is done. */
  async drain(): Promise<void> {
    this.stopping.abort();
    for (const lane of this.lanes.values()) lane.waiting = [];
    if (this.active > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  private start(destination: string, lane: Lane) {
    const now = this.now();
    while (lane.waiting.length > 0 && lane.active < lane.limit && this.active < IN_ALL) {
      const wait = lane.pace.waitMs(now);
      if (wait > 0) return this.pause(destination, lane, wait);
      const work = lane.waiting.shift();
      if (!work) break;
      lane.pace.begin(now);
      lane.active += 1;
      this.active += 1;
      void work().then((verdict) => this.finish(destination, lane, verdict));
    }
    if (lane.active === 0 && lane.waiting.length === 0) this.leave(destination, lane, now);
  }

  private finish(destination: string, lane: Lane, verdict: Verdict) {
    lane.limit = verdict === 'well' ? Math.min(lane.limit + 1, MOST) : Math.max(lane.limit >> 1, 1);
    if (verdict === 'too-fast') lane.pace.complain(this.now());
    const wasFull = this.active === IN_ALL;
    lane.active -= 1;
    this.active -= 1;
    this.start(destination, lane);
    if (wasFull) for (const [name, each] of this.lanes) this.start(name, each);
    if (this.active === 0) this.idle?.();
  }

  private pause(destination: string, lane: Lane, milliseconds: number) {
    if (lane.isPausing) return;
    lane.isPausing = true;
    const goOn = () => {
      lane.isPausing = false;
      this.start(destination, lane);
    };
    this.clock.sleep(milliseconds, this.stopping.signal).then(goOn, () => undefined);
  }

  /** One that complained is known for it until it is written to as fast as any other. */
  private leave(destination: string, lane: Lane, now: number) {
    this.lanes.delete(destination);
    if (lane.pace.isUsual(now)) return;
    this.lanes.set(destination, lane);
    if (this.lanes.size <= REMEMBERED) return;
    for (const [name, { active, waiting }] of this.lanes)
      if (active === 0 && waiting.length === 0) return void this.lanes.delete(name);
  }

  private now(): number {
    return Date.parse(this.clock.now());
  }
}

const newLane = (): Lane => ({ limit: FIRST, active: 0, waiting: [], pace: new Pace(), isPausing: false });
