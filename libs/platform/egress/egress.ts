import { request } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { upstream } from '#kernel/errors';
import type { Dns } from '#platform/dns/dns';
import { targetsOf } from './targets.js';

export type Bounds = Readonly<{ timeoutMs: number; maxBytes: number }>;
export type Fetched = Readonly<{ status: number; contentType: string; body: Buffer }>;

/**
 * HTTPS to the outside world: the host is looked up once and the address that was checked is the one that is
 * connected to; no redirect is followed; time and size are bounded.
 */
export class Egress {
  constructor(
    private readonly dns: Dns,
    private readonly allowPrivate: boolean,
    /** Whom to trust in place of the usual authorities. */
    private readonly trust: Pick<SecureContextOptions, 'ca'> = {},
  ) {}

  /** Refused with `egress-refused` or `egress-failed`. */
  async get(url: URL, { timeoutMs, maxBytes }: Bounds): Promise<Fetched> {
    if (url.protocol !== 'https:') throw upstream('egress-refused', 'Only https is fetched');
    const { addresses } = await targetsOf(this.dns, url.hostname, this.allowPrivate);
    const [address] = addresses;
    if (!address) throw upstream('egress-refused', 'There is no public address to connect to');
    const family = address.includes(':') ? 6 : 4;
    return new Promise<Fetched>((resolve, reject) => {
      const fail = () => reject(upstream('egress-failed', 'The other side did not answer as it should'));
      const outgoing = request(
        url,
        {
          ...this.trust,
          agent: false,
          signal: AbortSignal.timeout(timeoutMs),
          lookup: (_host, { all }, answer) =>
            all ? answer(null, [{ address, family }]) : answer(null, address, family),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          let size = 0;
          incoming.on('error', fail);
          incoming.on('data', (chunk: Buffer) => {
            size += chunk.length;
            if (size > maxBytes) incoming.destroy(new Error('Too large'));
            else chunks.push(chunk);
          });
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              contentType: incoming.headers['content-type'] ?? '',
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      outgoing.on('error', fail);
      outgoing.end();
    });
  }
}
