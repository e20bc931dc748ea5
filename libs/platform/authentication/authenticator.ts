import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Envelope } from '#mail/authentication/spf';
import { unknown, type Authentication } from '#mail/authentication/verify';
import { Clock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { Dns } from '#platform/dns/dns';
import { recordResolver } from '#platform/dns/record-resolver';
import type { Spooled } from '#platform/spool/spool';
import { CheckThread } from './check-thread.js';

/** For all checks of a message together. */
const TIME_MS = 5_000;
const LARGE = 256 * 1024;
/** More than a thread gets done in the time would only make all of them late. */
const MOST_AT_ONCE = { small: 1_000, large: 3 };

/**
 * Whether a message comes from whom it says: SPF, DKIM, DMARC and ARC, in threads, where a message made to be
 * expensive costs the verdicts of a few others and nothing else. Large ones have a thread of their own.
 */
@Injectable()
export class Authenticator implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Authenticator.name);
  private readonly threads: Readonly<Record<'small' | 'large', CheckThread>>;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    dns: Dns,
  ) {
    const resolver = recordResolver(dns, { timeoutMs: TIME_MS });
    const lost = () => this.logger.warn('A thread that checked messages was replaced');
    this.threads = { small: new CheckThread(resolver, lost), large: new CheckThread(resolver, lost, true) };
  }

  /** The first message shall not have to wait for it. */
  onApplicationBootstrap() {
    this.threads.small.begin();
  }

  /** Never fails: what cannot be found out in five seconds is `temperror`. */
  async check(envelope: Omit<Envelope, 'hostname'>, { size, source }: Spooled): Promise<Authentication> {
    const kind = size > LARGE ? 'large' : 'small';
    const thread = this.threads[kind];
    if (thread.load >= MOST_AT_ONCE[kind]) return unknown();
    const { mailHostname: hostname } = this.config;
    return thread.check({
      envelope: { ...envelope, hostname },
      source,
      timeMs: TIME_MS,
      at: this.clock.now(),
    });
  }

  async onApplicationShutdown() {
    await Promise.all([this.threads.small.close(), this.threads.large.close()]);
  }
}
