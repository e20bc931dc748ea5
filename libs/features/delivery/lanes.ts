/** What runs side by side to one destination to begin with and at most, and to all together. */
const FIRST = 4;
const MOST = 20;
const IN_ALL = 200;

/** How the destination took it. */
export type Verdict = 'well' | 'busy';
type Work = () => Promise<Verdict>;
type Lane = { limit: number; active: number; waiting: Work[] };

/**
 * Work by destination: each gets more at once while it goes well and half as much when it does not, so that one
 * that is slow costs the others nothing.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private active = 0;
  private idle: (() => void) | undefined;

  /** Whether what is added now begins at once. */
  hasRoom(destination: string): boolean {
    const { active, limit, waiting } = this.lanes.get(destination) ?? {
      active: 0,
      limit: FIRST,
      waiting: [],
    };
    return active < limit && waiting.length === 0 && this.active < IN_ALL;
  }

  /** `work` never rejects. */
  add(destination: string, work: Work) {
    const lane = this.lanes.get(destination) ?? { limit: FIRST, active: 0, waiting: [] };
    this.lanes.set(destination, lane);
    lane.waiting.push(work);
    this.start(destination, lane);
  }

  /** What waits is forgotten; settles when what is under way is done. */
  async drain(): Promise<void> {
    for (const lane of this.lanes.values()) lane.waiting = [];
    if (this.active > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  private start(destination: string, lane: Lane) {
    while (lane.active < lane.limit && this.active < IN_ALL) {
      const work = lane.waiting.shift();
      if (!work) break;
      lane.active += 1;
      this.active += 1;
      void work().then((verdict) => this.finish(destination, lane, verdict));
    }
    if (lane.active === 0 && lane.waiting.length === 0) this.lanes.delete(destination);
  }

  private finish(destination: string, lane: Lane, verdict: Verdict) {
    lane.limit = verdict === 'well' ? Math.min(lane.limit + 1, MOST) : Math.max(lane.limit >> 1, 1);
    const wasFull = this.active === IN_ALL;
    lane.active -= 1;
    this.active -= 1;
    this.start(destination, lane);
    if (wasFull) for (const [name, each] of this.lanes) this.start(name, each);
    if (this.active === 0) this.idle?.();
  }
}
