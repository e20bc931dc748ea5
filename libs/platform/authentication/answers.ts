import type { Resolver } from '#mail/authentication/resolver';
import { TtlCache } from '#platform/dns/cache';
import type { Answer } from './protocol.js';

type Pending = Readonly<{ answer: Promise<Answer>; resolve: (answer: Answer) => void; key: string }>;

/** What is remembered of a question that is open, or that DNS has no records for. */
const SHORTLY_S = 5;
const FAULT_S = 1;
const EMPTY_BYTES = 200;

/** The answers of DNS that a thread was told lately: messages that come together ask the same. */
export class Answers {
  private readonly cache = new TtlCache<Promise<Answer>>(() => performance.now());
  private readonly open = new Map<number, Pending>();
  private last = 0;

  /** `ask`: has the question answered by `give` sometime. */
  constructor(private readonly ask: (id: number, name: string, rrtype: string) => void) {}

  readonly resolve: Resolver = async (name, rrtype) => {
    const key = `${rrtype} ${name.toLowerCase()}`;
    const answer = await (this.cache.get(key)?.value ?? this.question(key, name, rrtype));
    if ('fault' in answer) throw Object.assign(new Error('No answer'), { code: answer.fault });
    return answer.records;
  };

  give(id: number, answer: Answer): void {
    const pending = this.open.get(id);
    if (!pending) return;
    this.open.delete(id);
    const isFault = 'fault' in answer;
    const bytes = isFault ? EMPTY_BYTES : EMPTY_BYTES + JSON.stringify(answer.records).length;
    this.cache.set(pending.key, pending.answer, isFault ? FAULT_S : answer.ttlSeconds, bytes);
    pending.resolve(answer);
  }

  private question(key: string, name: string, rrtype: string): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const id = (this.last += 1);
    this.open.set(id, { answer: promise, resolve, key });
    this.cache.set(key, promise, SHORTLY_S, EMPTY_BYTES);
    this.ask(id, name, rrtype);
    return promise;
  }
}
