import { isAbsent, type Dns, type MxRecord } from '#platform/dns/dns';
import { targetsOf } from '#platform/egress/targets';
import { found, type Verdict } from './verdict.js';

/** A host to try, by its addresses. `isVouched`: DNSSEC vouches for the way to its addresses (RFC 7672 section 2.2). */
export type Host = Readonly<{ name: string; addresses: readonly string[]; isVouched: boolean }>;

/** Where mail for a domain goes: hosts in the order in which to try them, or why there is no use. */
export type Route = Readonly<{ hosts: readonly Host[] } | { hosts: null; verdict: Verdict }>;

const HOSTS = 10;

export type RouteOptions = Readonly<{
  dns: Dns;
  allowPrivate: boolean;
  /** Our own name: mail is never sent to ourselves, nor to who is further from the goal than we are. */
  ownName: string;
  /** 0 to 1. */
  random: () => number;
}>;

/** RFC 5321 section 5.1, RFC 7505. */
export const routeTo = async (domain: string, options: RouteOptions): Promise<Route> => {
  const { dns, allowPrivate, ownName, random } = options;
  let exchanges: readonly MxRecord[];
  let isVouched: boolean;
  try {
    const { records, authenticated } = await dns.resolve(domain, 'MX');
    isVouched = authenticated;
    exchanges = records;
  } catch (error) {
    if (!isAbsent(error))
      return nowhere('deferred', '4.4.3', 'dns', 'The name servers of its domain do not answer');
    if (codeOf(error) === 'NXDOMAIN')
      return nowhere('bounced', '5.1.2', 'no-such-domain', 'There is no such domain');
    // Its addresses are of the same zone: where they are vouched for, so is it that there is no MX (RFC 7672, 2.2.2).
    isVouched = true;
    exchanges = [{ exchange: domain, priority: 0 }];
  }
  if (exchanges.some(({ exchange }) => exchange.replace(/\.$/, '') === ''))
    return nowhere('bounced', '5.1.10', 'null-mx', 'Its domain takes no mail (null MX)');
  const own = exchanges.find(({ exchange }) => plain(exchange) === plain(ownName));
  const closer = exchanges.filter(({ priority }) => !own || priority < own.priority);
  if (closer.length === 0)
    return nowhere('bounced', '5.4.6', 'peer', 'Its domain points at ourselves and we do not know it');

  let refused = 0;
  let trouble = 0;
  const hosts: Host[] = [];
  for (const { exchange } of ordered(closer, random).slice(0, HOSTS)) {
    try {
      const targets = await targetsOf(dns, plain(exchange), allowPrivate);
      refused += targets.refused;
      const { addresses, authenticated } = targets;
      if (addresses.length > 0)
        hosts.push({ name: plain(exchange), addresses, isVouched: isVouched && authenticated });
    } catch {
      trouble += 1;
    }
  }
  if (hosts.length > 0) return { hosts };
  if (trouble > 0)
    return nowhere('deferred', '4.4.3', 'dns', 'The name servers of its mail hosts do not answer');
  if (refused > 0) return nowhere('bounced', '5.4.4', 'policy', 'Its mail hosts have no public address');
  return nowhere('bounced', '5.4.4', 'dns', 'Its mail hosts have no address');
};

const nowhere = (...what: Parameters<typeof found>): Route => ({ hosts: null, verdict: found(...what) });

const plain = (name: string) => name.toLowerCase().replace(/\.$/, '');

/** By preference, and among equals as chance has it, so that each gets its share. */
const ordered = (exchanges: readonly MxRecord[], random: () => number): readonly MxRecord[] =>
  exchanges
    .map((exchange) => ({ exchange, chance: random() }))
    .sort((a, b) => a.exchange.priority - b.exchange.priority || a.chance - b.chance)
    .map(({ exchange }) => exchange);

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
