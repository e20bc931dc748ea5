import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '#platform/clock/clock';
import { newCause } from '#platform/event-sourcing/cause';
import { Commands } from '#platform/event-sourcing/commands';
import { Blobs } from '#platform/vault/blobs';
import { AcceptMessage, messageIdOf } from '../mailbox/commands.js';
import type { RecipientOutcome } from './events.js';
import { DeliveryDirectory } from './directory.js';
import type { Attempt, Result } from './transport.js';

type Answer = readonly [outcome: Omit<RecipientOutcome, 'recipient'>, reply: string];

const DELIVERED: Answer = [
  { outcome: 'delivered', status: '2.1.5', reason: null },
  '250 2.1.5 Delivered here',
];
const UNKNOWN: Answer = [
  { outcome: 'bounced', status: '5.1.1', reason: 'user-unknown' },
  '550 5.1.1 There is no such mailbox',
];
const CLOSING: Answer = [
  { outcome: 'bounced', status: '5.2.1', reason: 'policy' },
  '550 5.2.1 This mailbox is closed',
];

/** From inbox to inbox: the mail enters where one from outside has been answered with 250, and never leaves us. */
@Injectable()
export class LocalTransport {
  constructor(
    private readonly directory: DeliveryDirectory,
    private readonly blobs: Blobs,
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  async deliver(attempt: Attempt, content: Buffer): Promise<Result> {
    const answers = await Promise.all(
      attempt.recipients.map(({ email }) => this.one(attempt, email, content)),
    );
    return {
      outcomes: answers.map(([outcome], at) => ({
        recipient: attempt.recipients[at]?.index ?? 0,
        ...outcome,
      })),
      replies: answers.map(([, reply]) => reply),
      peer: null,
      tls: null,
    };
  }

  private async one({ queued, context }: Attempt, email: string, content: Buffer): Promise<Answer> {
    const inbox = await this.directory.inboxAt(email);
    if (!inbox) return UNKNOWN;
    if (inbox.isClosing) return CLOSING;
    const { scope } = inbox;
    const inboxId = scope.inboxId ?? '';
    const { rfcMessageId } = queued;
    const sha256 = createHash('sha256').update(content).digest('hex');
    const messageId = messageIdOf(inboxId, sha256, rfcMessageId);
    const { blobId, size } = await this.blobs.put({ scope, subject: messageId }, content);
    const now = this.clock.now();
    const domain = queued.mailFrom.slice(queued.mailFrom.lastIndexOf('@') + 1);
    const accept = new AcceptMessage({
      messageId,
      inboxId,
      blobId,
      size,
      mailFrom: queued.mailFrom,
      recipient: email,
      remoteIp: null,
      helo: null,
      protocol: null,
      rfcMessageId,
      receivedAt: now,
      authentication: {
        ...{ spf: 'pass', dkim: 'pass', dmarc: 'pass', arc: 'none', dmarcPolicy: null },
        results: `dkim=pass header.d=${domain}; dmarc=pass header.from=${domain}`,
      },
    });
    const actor = { type: 'system', id: 'delivery' } as const;
    await this.commands.execute(
      accept,
      newCause({ ...scope, actor, now, correlationId: context.correlationId }),
    );
    return DELIVERED;
  }
}
