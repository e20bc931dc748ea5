import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Context } from '#kernel/context';
import type { Issued } from '#kernel/messages';
import { verpAddress } from '#mail/bounce/verp';
import { Commands } from '#platform/event-sourcing/commands';
import { derivedId } from '#platform/event-sourcing/ids';
import { Views } from '#platform/event-sourcing/views';
import { EXPIRES_AFTER_MS } from './backoff.js';
import { PlanDeliveries, RecordReport, ReleaseHeld, ReportRecipient } from './commands.js';
import { DeliveryDirectory } from './directory.js';
import { deliveries, ofMessage } from './read-model.js';
import { DeliveryRunner } from './runner.js';

/** One delivery a destination. */
@CommandHandler(PlanDeliveries)
export class PlanDeliveriesHandler implements ICommandHandler<Issued<PlanDeliveries>> {
  constructor(
    private readonly directory: DeliveryDirectory,
    private readonly runner: DeliveryRunner,
  ) {}

  async execute({ data: queued, context }: Issued<PlanDeliveries>): Promise<void> {
    const { messageId, inboxId, blobId, size, rfcMessageId, from } = queued;
    const notBefore = queued.sendAt ?? queued.queuedAt;
    const expiresAt = new Date(Date.parse(notBefore) + EXPIRES_AFTER_MS).toISOString();
    const domain = from.email.slice(from.email.lastIndexOf('@') + 1);
    const emails = distinct([...queued.to, ...queued.cc, ...queued.bcc].map(({ email }) => email));
    const destinations = await Promise.all(emails.map((email) => this.directory.destinationOf(email)));
    for (const destination of new Set(destinations)) {
      const recipients = emails.filter((_, index) => destinations[index] === destination);
      // Of the cause too: its id is a return path, and who knows the message must not be able to guess it.
      const deliveryId = derivedId('dlv', context.causationId, destination);
      const mailFrom = verpAddress(deliveryId, domain);
      const what = { deliveryId, messageId, inboxId, destination, blobId, size, rfcMessageId };
      const to = { recipients, count: recipients.length, mailFrom, notBefore, expiresAt };
      await this.runner.queue({ ...what, ...to }, context);
    }
  }
}

/** The first of those that differ in case only. */
const distinct = (emails: readonly string[]): readonly string[] => {
  const keys = emails.map((email) => email.toLowerCase());
  return emails.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
};

/** What waited for an inbox or a domain that may send again. */
@CommandHandler(ReleaseHeld)
export class ReleaseHeldHandler implements ICommandHandler<Issued<ReleaseHeld>> {
  constructor(private readonly runner: DeliveryRunner) {}

  execute(): Promise<void> {
    return this.runner.releaseHeld();
  }
}

const KINDS = { failed: 'bounce', delayed: 'delay', delivered: 'delivered' } as const;

/** By the return path that the report came to, else by the Message-ID that it quotes. */
@CommandHandler(RecordReport)
export class RecordReportHandler implements ICommandHandler<Issued<RecordReport>> {
  constructor(
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  async execute({ data: report, context }: Issued<RecordReport>): Promise<void> {
    const { reference, recipients } = report;
    for (const deliveryId of await this.deliveries(reference, context))
      for (const [index, { email, action, status, reason, hard, reply }] of recipients.entries()) {
        const kind = action === 'reported' ? report.kind : KINDS[action];
        if (kind === 'feedback') continue;
        const command = new ReportRecipient({ deliveryId, email, kind, status, reason, hard, reply });
        const one = { ...context, newId: (each: string, at = 0) => context.newId(`${index}/${each}`, at) };
        await this.commands.execute(command, one);
      }
  }

  private async deliveries(
    { deliveryId, rfcMessageId }: RecordReport['data']['reference'],
    context: Context,
  ) {
    const views = this.views.for(context);
    if (deliveryId) return (await views.get(deliveries, deliveryId)) ? [deliveryId] : [];
    const messageId = messageOf(rfcMessageId);
    if (!messageId) return [];
    const { results } = await views.list(deliveries, 'byMessage', { ...ofMessage(messageId), limit: 200 });
    return results.map((each) => each.deliveryId);
  }
}

/** Our Message-IDs are made of our ids. */
const messageOf = (rfcMessageId: string | null): string | null =>
  /^<(msg_[0-9A-HJKMNP-TV-Z]{26})@[^>]+>$/.exec(rfcMessageId ?? '')?.[1] ?? null;
