const ENTRIES = 10_000;
const BYTES = 16 * 1024 * 1024;
const LONGEST_MS = 3_600_000;
const SHORTEST_MS = 1_000;

type Entry<T> = Readonly<{ value: T; bytes: number; expiresAt: number }>;

/** By TTL, between a second and an hour; bounded in count and bytes, and what was not asked for longest goes first. */
export class TtlCache<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private bytes = 0;

  constructor(private readonly now: () => number) {}

  get(key: string): Readonly<{ value: T; secondsLeft: number }> | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.delete(key);
    const left = entry.expiresAt - this.now();
    if (left <= 0) return undefined;
    this.put(key, entry);
    return { value: entry.value, secondsLeft: Math.ceil(left / 1000) };
  }

  set(key: string, value: T, ttlSeconds: number, bytes: number) {
    this.delete(key);
    const lives = Math.min(Math.max(ttlSeconds * 1000, SHORTEST_MS), LONGEST_MS);
    this.put(key, { value, bytes, expiresAt: this.now() + lives });
    for (const [oldest] of this.entries) {
      if (this.entries.size <= ENTRIES && this.bytes <= BYTES) break;
      this.delete(oldest);
    }
  }

  private put(key: string, entry: Entry<T>) {
    this.entries.set(key, entry);
    this.bytes += entry.bytes;
  }

  private delete(key: string) {
    this.bytes -= this.entries.get(key)?.bytes ?? 0;
    this.entries.delete(key);
  }
}
