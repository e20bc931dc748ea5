import { Injectable } from '@nestjs/common';
import { Blobs } from '#platform/vault/blobs';
import type { Attachment } from './events.js';
import type { MessageView } from './read-model.js';
import type { Content } from './received.js';

/** What of a message lies in the vault. */
@Injectable()
export class Contents {
  constructor(private readonly blobs: Blobs) {}

  /** Null where nothing could be parsed, or it is erased. */
  async of({ contentId }: MessageView): Promise<Content | null> {
    const bytes = contentId ? await this.blobs.read(contentId) : null;
    return bytes && (JSON.parse(bytes.toString('utf8')) as Content);
  }

  async attachment(message: MessageView, attachmentId: string): Promise<Attachment | null> {
    const named = (attachment: Attachment) => attachment.attachmentId === attachmentId;
    const found = message.attachments.find(named);
    return found ?? (await this.of(message))?.whole?.attachments?.find(named) ?? null;
  }
}
