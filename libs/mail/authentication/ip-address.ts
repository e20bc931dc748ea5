import { isIP } from 'node:net';

/** The bytes of an address, 4 or 16. */
export type IpAddress = readonly number[];

/** Null for what is no address. One of IPv4 that is written as one of IPv6 is one of IPv4 (RFC 7208 section 5). */
export const parseIp = (text: string): IpAddress | null => {
  const kind = isIP(text);
  if (kind === 0) return null;
  if (kind === 4) return text.split('.').map(Number);
  const [front = '', back = ''] = text.split('%', 1)[0]!.split('::');
  const [first, last] = [bytesOf(front), bytesOf(back)];
  const bytes = [...first, ...Array<number>(16 - first.length - last.length).fill(0), ...last];
  return bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
    ? bytes.slice(12)
    : bytes;
};

const bytesOf = (groups: string): number[] =>
  groups
    .split(':')
    .filter(Boolean)
    .flatMap((group) => {
      if (group.includes('.')) return group.split('.').map(Number);
      const value = parseInt(group, 16);
      return [value >> 8, value & 255];
    });

/** Whether the first `bits` of both are the same. */
export const isWithin = (address: IpAddress, network: IpAddress, bits: number): boolean => {
  if (address.length !== network.length) return false;
  const whole = bits >> 3;
  for (let at = 0; at < whole; at++) if (address[at] !== network[at]) return false;
  const rest = 8 - (bits & 7);
  return rest === 8 || (address[whole] ?? 0) >> rest === (network[whole] ?? 0) >> rest;
};

/** The labels of its name for a reverse look-up, the other way around (RFC 7208 section 7.3, `i`). */
export const labelsOf = (address: IpAddress): readonly string[] =>
  address.length === 4
    ? address.map(String)
    : address.flatMap((byte) => [(byte >> 4).toString(16), (byte & 15).toString(16)]);

export const reverseName = (address: IpAddress): string =>
  `${labelsOf(address).toReversed().join('.')}.${address.length === 4 ? 'in-addr' : 'ip6'}.arpa`;
