import { isIPv6 } from 'node:net';

/** An IPv4 client of a dual-stack socket by its own name. */
export const withoutMapping = (ip: string): string => ip.replace(/^::ffff:(?=\d+\.)/i, '');

/** One client: an IPv4 address, or an IPv6 network of 64 bits, which is what one host usually gets. */
export const clientKey = (address: string): string => {
  const ip = withoutMapping(address);
  if (!isIPv6(ip)) return ip;
  const [head = '', tail = ''] = (ip.split('%')[0] ?? '').split('::');
  const [before, after] = [head, tail].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...(ip.includes('::') ? zeros : []), ...after].slice(0, 4).join(':');
};
