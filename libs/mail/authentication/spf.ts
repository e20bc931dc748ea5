import { isIP } from 'node:net';
import { spf } from 'mailauth/lib/spf/index.js';
import type { Resolver } from './resolver.js';
import type { Status } from './results.js';

/** What SPF goes by, and who we are. `mailFrom`: empty for the null sender. */
export type Envelope = Readonly<{
  remoteIp: string;
  helo: string;
  mailFrom: string;
  hostname: string;
}>;

export const checkSpf = async (
  { remoteIp, helo, mailFrom, hostname }: Envelope,
  resolver: Resolver,
): Promise<Readonly<{ result: string; domain: string; status: Status }>> => {
  const { status, domain } = await spf({
    ip: remoteIp,
    helo: isIP(helo) ? `[${helo}]` : helo || `[${remoteIp}]`,
    sender: mailFrom,
    mta: hostname,
    resolver: resolver as never,
  });
  return { result: status.result, domain, status };
};
