import { Injectable } from '@nestjs/common';
import type { Context, Scope } from '#kernel/context';
import { isDomainError } from '#kernel/errors';
import type { Receipt } from '#kernel/messages';
import type { ParsedAttachment, ParsedMessage } from '#mail/message/parsed-message';
import { Commands } from '#platform/event-sourcing/commands';
import { derivedId } from '#platform/event-sourcing/ids';
import { Views } from '#platform/event-sourcing/views';
import { Blobs } from '#platform/vault/blobs';
import { ForgetMessage, RecordReceived } from './commands.js';
import { Contents } from './contents.js';
import type { Attachment, MessageAccepted } from './events.js';
import { blobsOf, receivedOf } from './received.js';
import { survivorOf } from './survivor.js';

/** What a mail was taken apart into: its parts go into the vault, then the mail into the log. */
@Injectable()
export class ParsedMail {
  constructor(
    private readonly blobs: Blobs,
    private readonly contents: Contents,
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  /** Done again, it finds everything there. */
  async record(accepted: MessageAccepted['data'], parsed: ParsedMessage, context: Context): Promise<void> {
    const owner = { scope: scopeOf(context), subject: accepted.messageId };
    const attachments = await Promise.all(
      parsed.attachments.map(async (part, index) => {
        const { blobId } = await this.blobs.put(owner, part.content);
        return attachmentOf(part, derivedId('att', accepted.messageId, String(index)), blobId);
      }),
    );
    const { message, content } = receivedOf(accepted, parsed, attachments);
    const contentId = content && (await this.contents.keep(owner, accepted, content));
    const threadId = await this.threadOf(message.threadId, context);
    const received = { ...message, threadId, contentId };
    const receipt = await this.commands.execute(new RecordReceived(received), context);
    await this.forgetErased(receipt, accepted, blobsOf(received), context);
  }

  /** Of a message that is gone for good nothing stays that was kept of it since. */
  async forgetErased(
    { events }: Receipt,
    { messageId, inboxId }: Pick<MessageAccepted['data'], 'messageId' | 'inboxId'>,
    blobIds: readonly string[],
    context: Context,
  ): Promise<void> {
    if (!events.some(({ type, erased }) => erased === true || type === 'MessageErased')) return;
    await this.commands.execute(new ForgetMessage({ messageId, inboxId, blobIds, placed: null }), context);
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
