import { clientKey } from '#platform/process/client-address';
import type { Limits } from './limits.js';
import { TOO_MANY_CONNECTIONS, TOO_MANY_OF_YOU, type Reply } from './replies.js';

/** Counts connections, of each client and in all. */
export class Admissions {
  private readonly counts = new Map<string, number>();
  private total = 0;

  constructor(private readonly limits: Limits) {}

  /** Null when it may come in; then `leave` once it is gone. */
  enter(ip: string): Reply | null {
    const key = clientKey(ip);
    const count = this.counts.get(key) ?? 0;
    if (count >= this.limits.connectionsOfOneClient) return TOO_MANY_OF_YOU;
    if (this.total >= this.limits.connections) return TOO_MANY_CONNECTIONS;
    this.counts.set(key, count + 1);
    this.total += 1;
    return null;
  }

  leave(ip: string): void {
    const key = clientKey(ip);
    const count = this.counts.get(key) ?? 0;
    if (count > 1) this.counts.set(key, count - 1);
    else this.counts.delete(key);
    this.total -= 1;
  }
}
