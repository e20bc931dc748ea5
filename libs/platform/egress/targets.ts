import ipaddr from 'ipaddr.js';
import { isAbsent, type Dns } from '#platform/dns/dns';

/** Of the public internet: not loopback, private, link-local, multicast, reserved, nor one in another's disguise. */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const found = ipaddr.process(address);
  return found.range() === 'unicast' && (found.kind() === 'ipv4' || isGlobal(found.toByteArray()));
};

/** Of 2000::/3, all of IPv6 that IANA has given out for it: outside are forms such as `::127.0.0.1` (RFC 4291 2.5.5.1). */
const isGlobal = ([first = 0]: readonly number[]): boolean => first >> 5 === 1;

/** `authenticated`: a validating resolver vouches for every address. */
export type Targets = Readonly<{ addresses: readonly string[]; refused: number; authenticated: boolean }>;

const MOST = 4;

/**
 * Where a host may be reached, IPv4 first; without `allowPrivate` only public addresses, the others are counted.
 * Whoever connects uses these and looks nothing up again. Throws `DnsError` where nothing is known for now.
 */
export const targetsOf = async (dns: Dns, host: string, allowPrivate: boolean): Promise<Targets> => {
  const answers = await Promise.allSettled([dns.resolve(host, 'A'), dns.resolve(host, 'AAAA')]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const trouble = answers.find((answer) => answer.status === 'rejected' && !isAbsent(answer.reason));
  if (found.length === 0 && trouble?.status === 'rejected') throw trouble.reason;
  const records = found.flatMap((answer) => answer.records);
  const allowed = records.filter((address) => allowPrivate || isPublicAddress(address));
  return {
    addresses: allowed.slice(0, MOST),
    refused: records.length - allowed.length,
    authenticated: found.length > 0 && found.every(({ authenticated }) => authenticated),
  };
};
