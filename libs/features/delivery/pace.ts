/** Messages a second to one destination at most, as many at once after a rest, and as few as this while it complains. */
const MOST = 1_000;
const LEAST = 0.1;
/** Complaints that come together are one. */
const COMPLAINT_MS = 10_000;
const DOUBLES_IN_MS = 60_000;

type Slowed = Readonly<{ rate: number; at: number }>;

/**
 * How fast one destination is written to: a bucket that fills with its rate. Who says that it is too much is written to
 * half as fast as he was, and then twice as fast with every minute in which he does not say so again. Milliseconds.
 */
export class Pace {
  private slowed: Slowed | null = null;
  private tokens = MOST;
  private filledAt = 0;
  /** Of the messages that the rate is seen from. */
  private counted = { since: -Infinity, begun: 0 };

  /** Until the next one may begin; 0 is now. */
  waitMs(now: number): number {
    const rate = this.rate(now);
    const filled = this.tokens + (Math.max(0, now - this.filledAt) / 1_000) * rate;
    this.tokens = Math.min(filled, Math.max(1, rate));
    this.filledAt = now;
    return this.tokens >= 1 ? 0 : Math.ceil(((1 - this.tokens) / rate) * 1_000);
  }

  begin(now: number) {
    this.tokens -= 1;
    if (now - this.counted.since > COMPLAINT_MS) this.counted = { since: now, begun: 0 };
    this.counted.begun += 1;
  }

  complain(now: number) {
    if (this.slowed && now - this.slowed.at < COMPLAINT_MS) return;
    const { since, begun } = this.counted;
    const seen = begun / Math.max(1, (now - since) / 1_000);
    this.slowed = { rate: Math.max(LEAST, Math.min(this.rate(now), seen) / 2), at: now };
    this.tokens = 0;
    this.filledAt = now;
  }

  /** Whether there is nothing to remember. */
  isUsual(now: number): boolean {
    return this.rate(now) >= MOST;
  }

  private rate(now: number): number {
    if (!this.slowed) return MOST;
    const { rate, at } = this.slowed;
    return Math.min(MOST, rate * 2 ** (Math.max(0, now - at) / DOUBLES_IN_MS));
  }
}
