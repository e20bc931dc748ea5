import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Context, Scope } from '#kernel/context';
import { isDomainError } from '#kernel/errors';
import type { Issued } from '#kernel/messages';
import type { ParsedAttachment } from '#mail/message/parsed-message';
import { Commands } from '#platform/event-sourcing/commands';
import { derivedId } from '#platform/event-sourcing/ids';
import { Views } from '#platform/event-sourcing/views';
import { ByteBudget } from '#platform/parsing/byte-budget';
import { Parser } from '#platform/parsing/parser';
import { Blobs } from '#platform/vault/blobs';
import { jsonBytes } from '#platform/vault/records';
import { ForgetMessage, ParseMessage, RecordReceived } from './commands.js';
import type { Attachment, MessageAccepted, MessageErased } from './events.js';
import { receivedOf } from './received.js';
import { survivorOf } from './survivor.js';

/** Of mail that is being parsed; the largest message has 25 MiB. */
const IN_MEMORY = 32 * 1024 * 1024;

/**
 * Reads the mail, takes it apart and keeps the parts; every step may be done again, and leaves the same. The parser
 * has an answer for any bytes, so hostile mail holds up nothing.
 */
@CommandHandler(ParseMessage)
export class ParseMessageHandler implements ICommandHandler<Issued<ParseMessage>> {
  private readonly budget = new ByteBudget(IN_MEMORY);

  constructor(
    private readonly blobs: Blobs,
    private readonly parser: Parser,
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  async execute({ data, context }: Issued<ParseMessage>): Promise<void> {
    await this.budget.spend(data.size, () => this.parse(data, context));
  }

  private async parse(accepted: MessageAccepted['data'], context: Context) {
    const raw = await this.blobs.read(accepted.blobId);
    // Erased, or its inbox was purged, before its turn came.
    if (!raw) return;
    const parsed = await this.parser.parse(raw);
    const owner = { scope: scopeOf(context), subject: accepted.messageId };
    const attachments: Attachment[] = [];
    for (const [index, part] of parsed.attachments.entries()) {
      const { blobId } = await this.blobs.put(owner, part.content);
      attachments.push(attachmentOf(part, derivedId('att', accepted.messageId, String(index)), blobId));
    }
    const { message, content } = receivedOf(accepted, parsed, attachments);
    const stored = content && (await this.blobs.put(owner, jsonBytes(content)));
    const threadId = await this.threadOf(message.threadId, context);
    const received = { ...message, threadId, contentId: stored?.blobId ?? null };
    const { events } = await this.commands.execute(new RecordReceived(received), context);
    const erased = events.find((event) => event.type === 'MessageErased');
    // While it was being parsed: what was kept of it since goes as well.
    if (erased) await this.commands.execute(new ForgetMessage(erased.data as MessageErased['data']), context);
  }

  /** A thread whose view is being repaired must not hide the mail; it is followed later. */
  private async threadOf(threadId: string, context: Context): Promise<string> {
    try {
      return await survivorOf(this.views.for(context), threadId);
    } catch (error) {
      if (isDomainError(error) && error.code === 'view-broken') return threadId;
      throw error;
    }
  }
}

const scopeOf = ({ tenantId, inboxId }: Scope): Scope => ({ tenantId, inboxId });

const attachmentOf = (part: ParsedAttachment, attachmentId: string, blobId: string): Attachment => ({
  attachmentId,
  filename: part.filename,
  contentType: part.contentType,
  size: part.content.byteLength,
  contentId: part.contentId,
  blobId,
});
