import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { Dns } from '#platform/dns/dns';
import { Egress } from '#platform/egress/egress';
import { SmtpClient } from '#platform/smtp/client/client';
import { StsPolicies } from '#platform/smtp/client/mta-sts';
import { parseRelay, type Relay } from '#platform/smtp/client/relay';
import type { Attempt, Result } from './transport.js';

/** Out into the world: to the hosts of a domain, or to the relay. */
@Injectable()
export class RemoteTransport implements BeforeApplicationShutdown {
  private readonly client: SmtpClient;
  private readonly relay: Relay | null;

  constructor(dns: Dns, config: Config, clock: Clock) {
    const { allowPrivateTargets: allowPrivate, mailHostname: name, smtpOutPort: port, smtpRelayUrl } = config;
    const now = () => new Date(clock.now());
    const sts = new StsPolicies(dns, new Egress(dns, allowPrivate), () => Number(now()));
    this.client = new SmtpClient({ dns, sts, name, port, allowPrivate, now });
    this.relay = smtpRelayUrl ? parseRelay(smtpRelayUrl) : null;
  }

  beforeApplicationShutdown() {
    this.client.close();
  }

  async deliver({ queued, recipients, signal }: Attempt, content: Buffer): Promise<Result> {
    const mail = { mailFrom: queued.mailFrom, recipients: recipients.map(({ email }) => email), content };
    const isRelayed = queued.destination === 'relay' && this.relay;
    const { verdicts, peer, tls } = isRelayed
      ? await this.client.relay(isRelayed, mail, signal)
      : await this.client.send(queued.destination, mail, signal);
    return {
      outcomes: verdicts.map(({ reply: _, ...verdict }, at) => ({
        recipient: recipients[at]?.index ?? 0,
        ...verdict,
      })),
      replies: verdicts.map(({ reply }) => reply),
      peer,
      tls,
    };
  }
}
