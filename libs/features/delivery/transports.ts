import { Injectable } from '@nestjs/common';
import { Blobs } from '#platform/vault/blobs';
import { DeliveryDirectory } from './directory.js';
import { SANDBOX } from './events.js';
import { LocalTransport } from './local.js';
import { RemoteTransport } from './remote.js';
import { sameForAll, type Attempt, type Result } from './transport.js';

const SUPPRESSED = { outcome: 'bounced', status: '5.7.1', reason: 'suppressed' } as const;
const SANDBOXED = { outcome: 'delivered', status: '2.0.0', reason: null } as const;

/** The right way for each destination, for those recipients that may be written to. */
@Injectable()
export class Transports {
  constructor(
    private readonly directory: DeliveryDirectory,
    private readonly blobs: Blobs,
    private readonly local: LocalTransport,
    private readonly remote: RemoteTransport,
  ) {}

  /** Null: its content was erased. Throws only where it cannot be known what became of the message. */
  async deliver(attempt: Attempt): Promise<Result | null> {
    const { queued, recipients } = attempt;
    const held = await Promise.all(
      recipients.map(({ email }) => this.directory.isSuppressed(queued.inboxId, email)),
    );
    const suppressed = { ...attempt, recipients: recipients.filter((_, index) => held[index]) };
    const allowed = { ...attempt, recipients: recipients.filter((_, index) => !held[index]) };
    const refused = sameForAll(suppressed, SUPPRESSED, 'This address is suppressed; see /v1/suppressions/');
    if (allowed.recipients.length === 0) return refused;
    const content = await this.blobs.read(queued.blobId);
    if (!content) return null;
    const result = await this.handOver(allowed, content);
    return {
      ...result,
      outcomes: [...result.outcomes, ...refused.outcomes],
      replies: [...result.replies, ...refused.replies],
    };
  }

  private async handOver(attempt: Attempt, content: Buffer): Promise<Result> {
    const { destination } = attempt.queued;
    if (destination === SANDBOX)
      return { ...sameForAll(attempt, SANDBOXED, '250 2.0.0 Kept in the sandbox'), peer: SANDBOX };
    return destination === 'local'
      ? this.local.deliver(attempt, content)
      : this.remote.deliver(attempt, content);
  }
}
