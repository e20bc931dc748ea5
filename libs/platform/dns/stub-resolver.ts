import { randomInt } from 'node:crypto';
import { getServers } from 'node:dns';
import { TtlCache } from './cache.js';
import { Dns, DnsError, type DnsAnswer, type DnsFault, type DnsRecords } from './dns.js';
import { overTcp, overUdp, serverAddress, TimeUp, type DnsServerAddress } from './exchange.js';
import { decodeResponse, encodeQuery, isWritable, type Question, type Response } from './wire.js';

const TIMEOUT_MS = 5_000;
/** How long a server may take before the next one is asked; one that kept silent is asked again with more patience. */
const PATIENCE_MS = [1_000, 2_000, 4_000];
const ALIASES = 8;
/** Sockets at once: many senders with silent name servers must not use up the process's descriptors. */
const EXCHANGES = 256;

type Outcome = Readonly<{ ttl: number | null; bytes: number }> &
  (
    | Readonly<{ records: readonly DnsRecords[keyof DnsRecords][]; authenticated: boolean }>
    | Readonly<{ fault: 'NXDOMAIN' | 'NODATA' }>
  );

/** Asks these servers, `ip[:port]`, or with null those that the system asks. */
export const stubResolver = (servers: readonly string[] | null) =>
  new StubResolver((servers ?? getServers()).map(serverAddress));

/** Asks the recursive resolvers that it is told to use; follows what they leave open and believes nothing unasked. */
export class StubResolver extends Dns {
  private readonly cache: TtlCache<Outcome>;
  private readonly underWay = new Map<string, Promise<Outcome>>();
  private readonly waiting: (() => void)[] = [];
  private exchanges = 0;

  constructor(
    private readonly servers: readonly DnsServerAddress[],
    /** Milliseconds that only ever grow. */
    private readonly now: () => number = () => performance.now(),
  ) {
    super();
    this.cache = new TtlCache(now);
  }

  async resolve<Type extends keyof DnsRecords>(
    name: string,
    type: Type,
    { timeoutMs = TIMEOUT_MS, fresh = false }: Readonly<{ timeoutMs?: number; fresh?: boolean }> = {},
  ): Promise<DnsAnswer<DnsRecords[Type]>> {
    const question = { name: name.toLowerCase().replace(/\.$/, ''), type };
    if (!isWritable(question.name)) throw new DnsError('NXDOMAIN', keyOf(question));
    const known = fresh ? undefined : this.cache.get(keyOf(question));
    if (known) return answerOf(question, known.value, known.secondsLeft);
    const looking = fresh ? this.lookUp(question, timeoutMs) : this.sharedLookUp(question, timeoutMs);
    const outcome = await within(looking, timeoutMs, question);
    return answerOf(question, outcome, outcome.ttl ?? 0);
  }

  /** Who asks what is being asked already waits for that answer. */
  private sharedLookUp(question: Question, timeoutMs: number): Promise<Outcome> {
    const key = keyOf(question);
    const found = this.underWay.get(key);
    if (found) return found;
    const looking = this.lookUp(question, timeoutMs).finally(() => this.underWay.delete(key));
    this.underWay.set(key, looking);
    return looking;
  }

  private async lookUp(question: Question, timeoutMs: number): Promise<Outcome> {
    const outcome = await this.follow(question, this.now() + timeoutMs);
    if (outcome.ttl !== null) this.cache.set(keyOf(question), outcome, outcome.ttl, outcome.bytes);
    return outcome;
  }

  /** From alias to alias: a recursive resolver sends the whole chain, others only its first part. */
  private async follow(question: Question, deadline: number): Promise<Outcome> {
    const { type } = question;
    const visited = new Set([question.name]);
    let [current, ttl, bytes, authenticated] = [question.name, Infinity, 0, true];
    for (;;) {
      const response = await this.ask({ name: current, type }, deadline);
      bytes += response.bytes;
      authenticated &&= response.authenticated;
      const start = current;
      for (;;) {
        const here = response.records.filter(({ name }) => name === current);
        const found = here.filter((record) => record.type === type);
        if (found.length > 0) {
          const records = found.map(({ data }) => data);
          return { records, authenticated, bytes, ttl: Math.min(ttl, ...found.map((record) => record.ttl)) };
        }
        const alias = here.find((record) => record.type === 'CNAME');
        if (alias?.type !== 'CNAME') break;
        if (visited.has(alias.data) || visited.size > ALIASES || !isWritable(alias.data))
          throw new DnsError('MALFORMED', keyOf(question));
        visited.add(alias.data);
        current = alias.data;
        ttl = Math.min(ttl, alias.ttl);
      }
      const { rcode, negativeTtl } = response;
      if (rcode === NOERROR && current !== start && negativeTtl === null) continue;
      const negative = negativeTtl === null ? null : Math.min(ttl, negativeTtl);
      return { fault: rcode === NXDOMAIN ? 'NXDOMAIN' : 'NODATA', bytes, ttl: negative };
    }
  }

  /** Each server in turn; who answered that it cannot is not asked again, who kept silent is. */
  private async ask(question: Question, deadline: number): Promise<Response & { readonly bytes: number }> {
    const servers = new Set(this.servers);
    let fault: DnsFault = 'SERVFAIL';
    for (const patience of PATIENCE_MS)
      for (const server of servers) {
        if (this.now() >= deadline) throw new DnsError('TIMEOUT', keyOf(question));
        try {
          const response = await this.exchange(server, question, patience, deadline);
          if (response.rcode === NOERROR || response.rcode === NXDOMAIN) return response;
          fault = 'SERVFAIL';
          servers.delete(server);
        } catch (error) {
          fault = faultOf(error);
          if (fault !== 'TIMEOUT') servers.delete(server);
        }
      }
    throw new DnsError(fault, keyOf(question));
  }

  private async exchange(server: DnsServerAddress, question: Question, patience: number, deadline: number) {
    const query = encodeQuery(randomInt(0x10000), question);
    const accept = (packet: Buffer) => {
      const response = decodeResponse(packet, query, question);
      return response && { ...response, bytes: packet.length };
    };
    await this.turn();
    try {
      const timeoutMs = Math.max(Math.min(patience, deadline - this.now()), 0);
      const response = await overUdp(server, query, accept, timeoutMs);
      return response.truncated ? await overTcp(server, query, accept, timeoutMs) : response;
    } finally {
      this.exchanges -= 1;
      this.waiting.shift()?.();
    }
  }

  private async turn() {
    while (this.exchanges >= EXCHANGES)
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    this.exchanges += 1;
  }
}

const NOERROR = 0;
const NXDOMAIN = 3;

const keyOf = ({ name, type }: Question): string => `${type} ${name}`;

const faultOf = (error: unknown): DnsFault => {
  if (error instanceof DnsError) return error.code;
  return error instanceof TimeUp ? 'TIMEOUT' : 'SERVFAIL';
};

const answerOf = <Type extends keyof DnsRecords>(
  question: Question & { readonly type: Type },
  outcome: Outcome,
  ttlSeconds: number,
): DnsAnswer<DnsRecords[Type]> => {
  if ('fault' in outcome) throw new DnsError(outcome.fault, keyOf(question));
  const { authenticated } = outcome;
  return { records: outcome.records as readonly DnsRecords[Type][], authenticated, ttlSeconds };
};

const within = async <T>(looking: Promise<T>, timeoutMs: number, question: Question): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DnsError('TIMEOUT', keyOf(question))), timeoutMs);
  try {
    return await Promise.race([looking, promise]);
  } finally {
    clearTimeout(timer);
  }
};
