import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { reasonOf } from '#kernel/errors';
import { Config } from '#platform/config/config';
import { clientThread } from '#platform/smtp/client/client-thread';
import { parseRelay } from '#platform/smtp/client/relay';
import { givenAway } from '#platform/threads/own-memory';
import { Unheard, type Attempt, type Result } from './transport.js';

/** Out into the world: to the hosts of a domain, or to the relay. */
@Injectable()
export class RemoteTransport implements OnApplicationShutdown {
  private readonly logger = new Logger(RemoteTransport.name);
  private readonly client: ReturnType<typeof clientThread>;

  constructor({ dnsServers, mailHostname: name, smtpOutPort: port, ...config }: Config) {
    const relay = config.smtpRelayUrl ? parseRelay(config.smtpRelayUrl) : null;
    const settings = {
      ...{ dnsServers, name, port, relay },
      allowPrivate: config.allowPrivateTargets,
      folder: config.dataDir || null,
    };
    this.client = clientThread(settings, (warning) => this.logger.warn(warning));
  }

  async onApplicationShutdown() {
    await this.client.close();
  }

  /** The content is given away: nobody may read it afterwards. */
  async deliver({ queued, recipients, signal }: Attempt, content: Buffer): Promise<Result> {
    const { destination, mailFrom } = queued;
    const mail = { mailFrom, recipients: recipients.map(({ email }) => email), content };
    const domain = destination === 'relay' ? null : destination;
    const sending = this.client.run({ domain, mail }, givenAway([content]), signal);
    const { verdicts, peer, tls } = await sending.catch((error: unknown) => {
      this.logger.warn(`${queued.deliveryId}: ${reasonOf(error)}`);
      throw new Unheard();
    });
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
