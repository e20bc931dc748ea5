import { Readable } from 'node:stream';
import { Controller, Get, Param, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Context } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { withTrace } from '#mail/message/trace';
import { Config } from '#platform/config/config';
import { Views } from '#platform/event-sourcing/views';
import { download, Downloads, Parted, PartedDownloads } from '#platform/http/download';
import { RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import { Blobs, type Part } from '#platform/vault/blobs';
import { Contents } from './contents.js';
import { messages, type MessageView } from './read-model.js';

@ApiTags('Messages')
@Controller('messages/:message_id')
export class MessageContentController {
  constructor(
    private readonly views: Views,
    private readonly blobs: Blobs,
    private readonly contents: Contents,
    private readonly config: Config,
  ) {}

  /** What came in DATA, our trace headers on top; of mail that we sent, what was sent. */
  @Get('raw')
  @Requires('email:read')
  @Downloads('message/rfc822')
  async raw(@Param('message_id') id: string, @RequestContext() context: Context): Promise<StreamableFile> {
    const message = await this.view(id, context);
    const content = await this.open(message.blobId);
    const file = { filename: `${message.messageId}.eml`, contentType: 'message/rfc822' };
    const { envelope, receivedAt } = message;
    if (!envelope || !receivedAt) return download({ ...file, content, size: message.size });
    const { mailHostname: hostname } = this.config;
    const results = message.authentication?.results ?? null;
    const trace = { ...envelope, hostname, messageId: message.messageId, receivedAt, results };
    return download({ ...file, content: Readable.from(withTrace(content, trace)) });
  }

  @Get('attachments/:attachment_id')
  @Requires('email:read')
  @PartedDownloads('application/octet-stream')
  async attachment(
    @Param('message_id') id: string,
    @Param('attachment_id') attachmentId: string,
    @RequestContext() context: Context,
  ): Promise<Parted> {
    const attachment = await this.contents.attachment(await this.view(id, context), attachmentId);
    if (!attachment) throw notFound();
    const { blobId, filename, contentType, size } = attachment;
    return new Parted({ filename, contentType, size, open: (part) => this.open(blobId, part) });
  }

  private async view(messageId: string, context: Context): Promise<MessageView> {
    return this.views.for(context).need(messages, messageId);
  }

  private async open(blobId: string, part?: Part): Promise<Readable> {
    const content = await this.blobs.open(blobId, part);
    if (!content) throw notFound();
    return content;
  }
}
