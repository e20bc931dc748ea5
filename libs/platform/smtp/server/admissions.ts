import { isIPv6 } from 'node:net';
import type { Limits } from './limits.js';
import { TOO_MANY_CONNECTIONS, TOO_MANY_OF_YOU, type Reply } from './replies.js';

/** An IPv4 client of a dual-stack socket by its own name. */
export const withoutMapping = (ip: string): string => ip.replace(/^::ffff:(?=\d+\.)/i, '');

/** One client: an IPv4 address, or an IPv6 network of 64 bits, which is what one host usually gets. */
export const clientKey = (ip: string): string => {
  if (!isIPv6(ip)) return ip;
  const [head = '', tail = ''] = (ip.split('%')[0] ?? '').split('::');
  const [before, after] = [head, tail].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...(ip.includes('::') ? zeros : []), ...after].slice(0, 4).join(':');
};

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
