import { isIP } from 'node:net';
import { Injectable, SetMetadata } from '@nestjs/common';
import { DomainError } from '#kernel/errors';
import { Config } from '#platform/config/config';
import { clientKey } from '#platform/process/client-address';
import { TokenBuckets, type Policy, type Taken } from './token-bucket.js';

const LIMITED = 'gent:limited';
/** RFC 5321 section 4.5.3.1: 64, the sign, and 255. */
const LONGEST_EMAIL = 320;

const POLICIES = {
  credential: { quota: 200, windowSeconds: 4 },
  auth: { quota: 10, windowSeconds: 60 },
  email: { quota: 5, windowSeconds: 60 },
  waitlist: { quota: 5, windowSeconds: 60 },
  open: { quota: 120, windowSeconds: 60 },
} satisfies Record<string, Policy>;

type PolicyName = keyof typeof POLICIES;

/** `auth`: also by the `email` of the body. `open`: catalogues, signed links, sinks. `none`: probes of the operator. */
export type PublicLimit = 'auth' | 'waitlist' | 'open' | 'none';

/**
 * How often one address, or IPv6 network of 64 bits, may call a route without a credential; a public route is `open`
 * unless it says otherwise.
 */
export const Limited = (limit: PublicLimit) => SetMetadata(LIMITED, limit);

export const limitOf = (handler: Function, controller: Function): PublicLimit | undefined =>
  (Reflect.getMetadata(LIMITED, handler) ?? Reflect.getMetadata(LIMITED, controller)) as
    PublicLimit | undefined;

type Headers = Readonly<Record<string, string>>;

/** Throws `rate-limited`; answers the headers that say what is left (draft-ietf-httpapi-ratelimit-headers). */
@Injectable()
export class RateLimits {
  private readonly buckets = new TokenBuckets();

  constructor(private readonly config: Config) {}

  forCredential(bearer: string): Headers {
    return this.take('credential', bearer);
  }

  forAddress(limit: PublicLimit, ip: string): Headers {
    return limit === 'none' || this.isExempt(ip) ? {} : this.take(limit, clientKey(ip));
  }

  /** What is too long for an address is refused anyway, and would only fill the memory. */
  forEmail(email: unknown, ip: string): Headers {
    return typeof email !== 'string' || email.length > LONGEST_EMAIL || this.isExempt(ip)
      ? {}
      : this.take('email', email.trim().toLowerCase());
  }

  /** A developer's own machine is not held up. */
  private isExempt(ip: string): boolean {
    return (
      !this.config.production && (ip === '::1' || (isIP(ip) === 4 ? ip : ip.slice(7)).startsWith('127.'))
    );
  }

  private take(name: PolicyName, key: string): Headers {
    const policy = POLICIES[name];
    const taken = this.buckets.take(policy, `${name} ${key}`, performance.now());
    if (!taken.allowed) throw new RateLimited(headersOf(name, policy, taken), taken.waitSeconds);
    return headersOf(name, policy, taken);
  }
}

/** Carries its headers to the filter. */
export class RateLimited extends DomainError {
  readonly headers: Headers;

  constructor(headers: Headers, waitSeconds: number) {
    super('rate-limited', 'rate-limited', `Too many requests: try again in ${waitSeconds} s`);
    this.headers = { ...headers, 'retry-after': String(waitSeconds) };
  }
}

const headersOf = (
  name: string,
  { quota, windowSeconds }: Policy,
  { remaining, resetSeconds }: Taken,
): Headers => ({
  'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
  ratelimit: `"${name}";r=${remaining};t=${resetSeconds}`,
});
