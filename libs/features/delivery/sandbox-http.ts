import { Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { notFound } from '#kernel/errors';
import { Config } from '#platform/config/config';
import { Downloads, download } from '#platform/http/download';
import { QueryInteger } from '#platform/http/query';
import { Limited } from '#platform/http/rate-limit';
import { Requires } from '#platform/http/requires';
import { RootController } from '#platform/http/root-controller';
import { Blobs } from '#platform/vault/blobs';
import { utc } from '#platform/time/utc';
import { DeliveryDirectory, type Sandboxed } from './directory.js';
import { listPage, mailPage, PAGE_POLICY } from './sandbox-page.js';

/** What is shown of a body; the whole is under `raw/`. */
const SHOWN = 100_000;

class SandboxAddress {
  @ApiProperty() readonly email!: string;
  @ApiProperty({ type: String, nullable: true }) readonly name!: string | null;
}

class SandboxAttachment {
  @ApiProperty() readonly filename!: string;
  @ApiProperty() readonly content_type!: string;
  @ApiProperty() readonly size!: number;
}

export class SandboxMailBody {
  @ApiProperty() readonly message_id!: string;
  @ApiProperty() readonly received_at!: string;
  @ApiProperty({ description: 'The return path' }) readonly mail_from!: string;
  @ApiProperty({ type: [String] }) readonly rcpt_to!: readonly string[];
  @ApiProperty({ type: SandboxAddress, nullable: true }) readonly from!: SandboxAddress | null;
  @ApiProperty({ type: [SandboxAddress] }) readonly to!: readonly SandboxAddress[];
  @ApiProperty({ type: [SandboxAddress] }) readonly cc!: readonly SandboxAddress[];
  @ApiProperty() readonly subject!: string;
  @ApiProperty() readonly rfc_message_id!: string;
  @ApiProperty({ type: String, nullable: true }) readonly in_reply_to!: string | null;
  @ApiProperty({ type: [SandboxAttachment] }) readonly attachments!: readonly SandboxAttachment[];
  @ApiProperty({ type: String, nullable: true }) readonly text_body!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly html_body!: string | null;
  @ApiProperty() readonly size!: number;
}

class SandboxMailList {
  @ApiProperty({ type: [SandboxMailBody] }) readonly results!: readonly SandboxMailBody[];
  @ApiProperty() readonly limit!: number;
}

class SandboxQuery {
  @QueryInteger({ minimum: 1, maximum: 200, default: 50 }) readonly limit: number = 50;
}

type Reply = Readonly<{ header: (name: string, value: string) => unknown }>;

/** What would have gone out, for whoever tries the program; there is no such place without a sandbox. */
@ApiTags('Operations')
@Limited('none')
@RootController('sandbox/mail')
export class SandboxController {
  constructor(
    private readonly directory: DeliveryDirectory,
    private readonly blobs: Blobs,
    private readonly config: Config,
  ) {}

  @Get()
  @Requires('public')
  @ApiOkResponse({ type: SandboxMailList })
  async list(
    @Query() { limit }: SandboxQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<SandboxMailList | string> {
    this.check();
    const found = await this.directory.sandboxed(limit);
    const results = await Promise.all(found.map((each) => this.bodyOf(each)));
    return isForPeople(accept) ? asPage(reply, listPage(results)) : { results, limit };
  }

  @Get(':message_id')
  @Requires('public')
  @ApiOkResponse({ type: SandboxMailBody })
  async one(
    @Param('message_id') messageId: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<SandboxMailBody | string> {
    const body = await this.bodyOf(await this.found(messageId));
    return isForPeople(accept) ? asPage(reply, mailPage(body)) : body;
  }

  @Get(':message_id/raw')
  @Requires('public')
  @Downloads('message/rfc822')
  async raw(@Param('message_id') messageId: string) {
    const { mail } = await this.found(messageId);
    const content = await this.blobs.open(mail.blobId);
    if (!content) throw notFound();
    const { size } = mail;
    return download({ content, size, filename: `${messageId}.eml`, contentType: 'message/rfc822' });
  }

  private check() {
    if (!this.config.sandbox) throw notFound();
  }

  private async found(messageId: string): Promise<Sandboxed> {
    this.check();
    const found = await this.directory.sandboxedAs(messageId);
    if (!found) throw notFound();
    return found;
  }

  private async bodyOf({ mail, message }: Sandboxed): Promise<SandboxMailBody> {
    const bytes = message?.contentId ? await this.blobs.read(message.contentId) : null;
    const { text = null, html = null } = bytes ? (JSON.parse(bytes.toString('utf8')) as Bodies) : {};
    return {
      message_id: mail.messageId,
      received_at: utc(mail.at),
      mail_from: mail.mailFrom,
      rcpt_to: mail.recipients,
      from: message?.from ?? null,
      to: message?.to ?? [],
      cc: message?.cc ?? [],
      subject: message?.subject ?? '',
      rfc_message_id: message?.rfcMessageId ?? '',
      in_reply_to: message?.inReplyTo ?? null,
      attachments: (message?.attachments ?? []).map(({ filename, contentType, size }) => ({
        filename,
        content_type: contentType,
        size,
      })),
      text_body: text?.slice(0, SHOWN).toWellFormed() ?? null,
      html_body: html?.slice(0, SHOWN).toWellFormed() ?? null,
      size: mail.size,
    };
  }
}

type Bodies = Readonly<{ text?: string | null; html?: string | null }>;

const isForPeople = (accept = ''): boolean => accept.includes('text/html');

const asPage = (reply: Reply, html: string): string => {
  reply.header('content-type', 'text/html; charset=utf-8');
  reply.header('content-security-policy', PAGE_POLICY);
  return html;
};
