import { Injectable } from '@nestjs/common';
import { unavailable } from '#kernel/errors';
import { Parser, SMALL_MAIL } from '#platform/parsing/parser';
import { SearchedContent } from '#platform/search/searchable';
import { Blobs } from '#platform/vault/blobs';
import type { Owner } from '#platform/vault/personal-data';
import { Recent } from '#platform/vault/recent';
import { jsonBytes } from '#platform/vault/records';
import type { Attachment, MessageReceived } from './events.js';
import type { MessageView } from './read-model.js';
import { contentOf, type Content } from './received.js';

/** Where what a message says is kept. */
export type Kept = Pick<MessageReceived['data'], 'blobId' | 'contentId' | 'unparsed'>;

/** What was taken apart a moment ago is read at once by who indexes it. In characters. */
const RECENT = 4 * 1024 * 1024;

/** The bodies of messages, and what else an event has no room for. */
@Injectable()
export class Contents extends SearchedContent<Kept> {
  private readonly recent = new Recent<Content>(RECENT, 2 * SMALL_MAIL);

  constructor(
    private readonly blobs: Blobs,
    private readonly parser: Parser,
  ) {
    super();
  }

  /** Null where nothing could be parsed, or it is erased; `store-unavailable` while it cannot be read again. */
  async of(kept: Kept): Promise<Content | null> {
    const content = await this.found(kept);
    return content === undefined ? busy() : content;
  }

  /** One that cannot be read again keeps no other out of the index. */
  override async fields(kept: Kept): Promise<Readonly<Record<string, string>> | null> {
    const content = await this.found(kept);
    return content === undefined ? {} : content && { text: content.text ?? '' };
  }

  /** Undefined: what could be parsed once is not this time, which says something of the machine and not of the mail. */
  private async found({ contentId, blobId, unparsed }: Kept): Promise<Content | null | undefined> {
    if (unparsed && !contentId) return null;
    const bytes = await this.blobs.read(contentId ?? blobId);
    if (!bytes || contentId) return bytes && (JSON.parse(bytes.toString('utf8')) as Content);
    const known = this.recent.get(blobId);
    if (known) return known;
    const again = await this.parser.parse(bytes).catch(busy);
    return again.unparsed ? undefined : contentOf(again.text, again.html, again.extractedText);
  }

  /** Its id in the vault; null for small mail, which is taken apart again for who reads it instead of stored twice. */
  async keep(owner: Owner, { blobId, size }: Mail, content: Content): Promise<string | null> {
    if (size > SMALL_MAIL || content.whole) return (await this.blobs.put(owner, jsonBytes(content))).blobId;
    this.recent.put(blobId, content, (content.text?.length ?? 0) + (content.html?.length ?? 0));
    return null;
  }

  async attachment(message: MessageView, attachmentId: string): Promise<Attachment | null> {
    const named = (attachment: Attachment) => attachment.attachmentId === attachmentId;
    const found = message.attachments.find(named);
    if (found || !message.contentId) return found ?? null;
    return (await this.of(message))?.whole?.attachments?.find(named) ?? null;
  }
}

const busy = (): never => {
  throw unavailable('store-unavailable', 'Too much mail is being read; try again in a moment');
};

type Mail = Readonly<{ blobId: string; size: number }>;
