/** A bucket of `quota` tokens that fills up again, evenly, within the window. */
export type Policy = Readonly<{ quota: number; windowSeconds: number }>;

/** `resetSeconds`: until the bucket is full. `waitSeconds`: until there is a token, at least 1. */
export type Taken = Readonly<{
  allowed: boolean;
  remaining: number;
  resetSeconds: number;
  waitSeconds: number;
}>;

type Bucket = Readonly<{ tokens: number; at: number }>;

const MOST = 100_000;

/** Buckets by key, in memory; of more than 100,000 the one that was not asked for the longest time is forgotten. */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  take({ quota, windowSeconds }: Policy, key: string, nowMs: number): Taken {
    const perSecond = quota / windowSeconds;
    const before = this.buckets.get(key) ?? { tokens: quota, at: nowMs };
    const filled = Math.min(quota, before.tokens + (Math.max(0, nowMs - before.at) / 1_000) * perSecond);
    const allowed = filled >= 1;
    const tokens = allowed ? filled - 1 : filled;
    this.keep(key, { tokens, at: nowMs });
    return {
      allowed,
      remaining: Math.floor(tokens),
      resetSeconds: Math.ceil((quota - tokens) / perSecond),
      waitSeconds: Math.max(1, Math.ceil((1 - tokens) / perSecond)),
    };
  }

  private keep(key: string, bucket: Bucket) {
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size <= MOST) return;
    const [oldest] = this.buckets.keys();
    if (oldest !== undefined) this.buckets.delete(oldest);
  }
}
