const ENTRIES = 10_000;
const BYTES = 16 * 1024 * 1024;
const LONGEST_MS = 3_600_000;
const SHORTEST_MS = 1_000;

type Entry<T> = Readonly<{ value: T; bytes: number; expiresAt: number }>;

/**
 * By TTL, between a second and an hour; bounded in count and bytes, and what was not asked for lately goes first: half
 * of what is kept at once, which spares each look-up to put its entry in front of all others.
 */
export class TtlCache<T> {
  /** What was set or asked for since the entries before were given up. */
  private lately = new Map<string, Entry<T>>();
  private before = new Map<string, Entry<T>>();
  private bytes = 0;

  constructor(private readonly now: () => number) {}

  get(key: string): Readonly<{ value: T; secondsLeft: number }> | undefined {
    const known = this.lately.get(key);
    const entry = known ?? this.before.get(key);
    const left = entry ? entry.expiresAt - this.now() : 0;
    if (!entry || left <= 0) return undefined;
    if (!known) this.put(key, entry);
    return { value: entry.value, secondsLeft: Math.ceil(left / 1000) };
  }

  set(key: string, value: T, ttlSeconds: number, bytes: number) {
    const lives = Math.min(Math.max(ttlSeconds * 1000, SHORTEST_MS), LONGEST_MS);
    this.put(key, { value, bytes, expiresAt: this.now() + lives });
  }

  private put(key: string, entry: Entry<T>) {
    this.bytes += entry.bytes - (this.lately.get(key)?.bytes ?? 0);
    this.lately.set(key, entry);
    if (this.lately.size <= ENTRIES / 2 && this.bytes <= BYTES / 2) return;
    [this.lately, this.before, this.bytes] = [new Map(), this.lately, 0];
  }
}
