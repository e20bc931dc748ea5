import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Scheduler } from '#platform/scheduler/scheduler';
import { Records } from '#platform/vault/records';

const FLUSH_EVERY_MS = 5_000;

/** When each token was last used: a counter and no fact, so it is in the vault, and there a few seconds late. */
@Injectable()
export class TokenUses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private unsaved = new Map<string, string>();

  constructor(
    private readonly records: Records,
    private readonly scheduler: Scheduler,
  ) {}

  onApplicationBootstrap() {
    this.scheduler.start({ name: 'tokens.uses', everyMs: FLUSH_EVERY_MS, run: () => this.flush() });
  }

  async beforeApplicationShutdown() {
    await this.flush();
  }

  note(tokenId: string, now: string) {
    this.unsaved.set(tokenId, now);
  }

  /** ISO 8601, UTC; null if never. */
  async last(tokenId: string): Promise<string | null> {
    const noted = this.unsaved.get(tokenId);
    if (noted) return noted;
    const stored = await this.records.get(nameOf(tokenId));
    return stored && Buffer.from(stored.value).toString();
  }

  /** What was noted stays until it is durable. */
  private async flush() {
    for (const [tokenId, at] of this.unsaved) {
      await this.records.put(nameOf(tokenId), Buffer.from(at));
      if (this.unsaved.get(tokenId) === at) this.unsaved.delete(tokenId);
    }
  }
}

const nameOf = (tokenId: string) => `token-uses/${tokenId}`;
