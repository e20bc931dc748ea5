import type { Resolver } from '#mail/authentication/resolver';
import { TtlCache } from '#platform/dns/cache';
import type { Answer } from './protocol.js';

type Pending = PromiseWithResolvers<unknown[]> & Readonly<{ key: string }>;

/** What is remembered of a question that is open, or that DNS has no records for. */
const SHORTLY_S = 5;
const FAULT_S = 1;
const EMPTY_BYTES = 200;

/** The answers of DNS that a thread was told lately: messages that come together ask the same. */
export class Answers {
  private readonly cache = new TtlCache<Promise<unknown[]>>(() => performance.now());
  private readonly open = new Map<number, Pending>();
  private last = 0;

  /** `ask`: has the question answered by `give` sometime. */
  constructor(private readonly ask: (id: number, name: string, rrtype: string) => void) {}

  readonly resolve: Resolver = (name, rrtype) => {
    const key = `${rrtype} ${name.toLowerCase()}`;
    return this.cache.get(key)?.value ?? this.question(key, name, rrtype);
  };

  give(id: number, answer: Answer): void {
    const pending = this.open.get(id);
    if (!pending) return;
    this.open.delete(id);
    const { promise, key } = pending;
    if ('fault' in answer) {
      this.cache.set(key, promise, FAULT_S, EMPTY_BYTES);
      pending.reject(Object.assign(new Error('No answer'), { code: answer.fault }));
    } else {
      const bytes = EMPTY_BYTES + JSON.stringify(answer.records).length;
      this.cache.set(key, promise, answer.ttlSeconds, bytes);
      pending.resolve(answer.records);
    }
  }

  private question(key: string, name: string, rrtype: string): Promise<unknown[]> {
    const pending = { ...Promise.withResolvers<unknown[]>(), key };
    // Who asked may have given up meanwhile.
    pending.promise.catch(() => undefined);
    const id = (this.last += 1);
    this.open.set(id, pending);
    this.cache.set(key, pending.promise, SHORTLY_S, EMPTY_BYTES);
    this.ask(id, name, rrtype);
    return pending.promise;
  }
}
