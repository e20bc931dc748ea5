import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsObject,
  IsString,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { inboxOf, type Context } from '#kernel/context';
import { DomainError, invalid, type FieldError } from '#kernel/errors';
import { parseMailbox } from '#mail/address/mailbox';
import { isHeaderSafe } from '#mail/message/header-encoding';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { Awaits } from '#platform/http/answer';
import { MayBeAbsent } from '#platform/http/input';
import { Refuses } from '#platform/http/refuses';
import { RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import { boundOf } from '#platform/time/bound';
import { inboxes } from '../inboxes/read-model.js';
import type { MailAddress } from '../mailbox/events.js';
import { messages, threads } from '../mailbox/read-model.js';
import { SendMessage } from './commands.js';

/** In all three lists; what a mail server takes in one transaction. */
const RECIPIENTS = 100;
const BODY = 5 * 1024 * 1024;
const YEAR_MS = 366 * 24 * 3_600_000;

class AddressInput {
  @ApiProperty({ example: 'ann@mail.example' }) @IsString() @MaxLength(320) readonly email!: string;
  @ApiPropertyOptional({ type: String, nullable: true })
  @ValidateIf((_, value) => value !== undefined && value !== null)
  @IsString()
  @MaxLength(200)
  readonly name?: string | null;
}

class AttachmentInput {
  @ApiProperty({ description: 'Of POST /v1/messages/blobs/' }) @IsString() readonly blob_id!: string;
}

/** A list of addresses that may be absent. */
const Addresses = () => (target: object, name: string) => {
  MayBeAbsent()(target, name);
  ApiPropertyOptional({ type: [AddressInput] })(target, name);
  IsArray()(target, name);
  ArrayMaxSize(RECIPIENTS)(target, name);
  IsObject({ each: true })(target, name);
  ValidateNested({ each: true })(target, name);
  Type(() => AddressInput)(target, name);
};

class NewMessage {
  @MayBeAbsent() @IsString() readonly reply_to_message_id?: string;
  @Addresses() readonly to?: AddressInput[];
  @Addresses() readonly cc?: AddressInput[];
  @Addresses() readonly bcc?: AddressInput[];
  @Addresses() readonly reply_to?: AddressInput[];
  @MayBeAbsent() @IsString() @MaxLength(998) readonly subject?: string;
  @MayBeAbsent() @IsString() @MaxLength(BODY) readonly text_body?: string;
  @MayBeAbsent() @IsString() @MaxLength(BODY) readonly html_body?: string;
  @MayBeAbsent()
  @ApiPropertyOptional({ type: [AttachmentInput] })
  @IsArray()
  @ArrayMaxSize(50)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => AttachmentInput)
  readonly attachments?: AttachmentInput[];
  @MayBeAbsent() @IsString() readonly template_id?: string;
  @MayBeAbsent() @IsObject() readonly variables?: object;
  @MayBeAbsent() @IsString() @MaxLength(100) readonly send_at?: string;
}

class SentMessageBody {
  @ApiProperty() readonly message_id!: string;
  @ApiProperty() readonly thread_id!: string;
}

@ApiTags('Messages')
@Controller('messages')
export class SendingController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
  ) {}

  @Post()
  @Requires('email:send')
  @Refuses(
    'inbox-id-required',
    'inbox-suspended',
    'inbox-closing',
    'inbox-purged',
    'domain-not-ready',
    'governance-tier-required',
  )
  @Awaits(messages, threads)
  @ApiCreatedResponse({ type: SentMessageBody })
  async send(@Body() body: NewMessage, @RequestContext() context: Context): Promise<SentMessageBody> {
    const faults: FieldError[] = [];
    const addressed = {
      to: body.to && body.to.length > 0 ? addresses('to', body.to, faults) : null,
      cc: addresses('cc', body.cc, faults),
      bcc: addresses('bcc', body.bcc, faults),
      replyTo: addresses('reply_to', body.reply_to, faults),
    };
    check(body, addressed, faults);
    if (faults.length > 0)
      throw new DomainError('validation-failed', 'invalid', 'The request is not valid', faults);
    const inboxId = inboxOf(context);
    const command = new SendMessage({
      ...{ ...addressed, inboxId, replyToMessageId: body.reply_to_message_id ?? null },
      ...{ subject: body.subject ?? null, text: body.text_body || null, html: body.html_body || null },
      uploadIds: (body.attachments ?? []).map(({ blob_id }) => blob_id),
      sendAt: await this.sendAt(body.send_at, inboxId, context),
      automatic: false,
    });
    const { messageId, threadId } = await this.commands.execute(command, context);
    return { message_id: messageId, thread_id: threadId };
  }

  /** In the inbox's zone where it names none; what is past is now. */
  private async sendAt(input: string | undefined, inboxId: string, context: Context): Promise<string | null> {
    if (input === undefined) return null;
    const inbox = await this.views.for(context).get(inboxes, inboxId);
    const at = boundOf('send_at', input, inbox?.config?.defaultTimezone ?? 'utc', context.now);
    const inMs = Date.parse(at) - Date.parse(context.now);
    if (inMs > YEAR_MS) throw invalid('send_at', 'too-late', 'Within a year');
    return inMs > 0 ? at : null;
  }
}

const addresses = (field: string, given: readonly AddressInput[] = [], faults: FieldError[]): MailAddress[] =>
  given.flatMap(({ email, name }, index) => {
    const address = isHeaderSafe(email) ? parseMailbox(email)?.email : null;
    if (!address) faults.push(fault(`${field}.${index}.email`, 'is-email', 'This is no e-mail address'));
    if (!isHeaderSafe(name ?? '')) faults.push(unsafe(`${field}.${index}.name`));
    return address ? [{ email: address, name: name?.trim() || null }] : [];
  });

const check = (
  body: NewMessage,
  {
    to,
    cc,
    bcc,
  }: Readonly<{ to: readonly unknown[] | null; cc: readonly unknown[]; bcc: readonly unknown[] }>,
  faults: FieldError[],
) => {
  const isReply = body.reply_to_message_id !== undefined;
  if ((body.to ?? []).length === 0 && !isReply) faults.push(fault('to', 'required', 'Say whom it goes to'));
  if ((to ?? []).length + cc.length + bcc.length > RECIPIENTS)
    faults.push(fault('to', 'array-max-size', `At most ${RECIPIENTS} recipients in to, cc and bcc`));
  if (!isHeaderSafe(body.subject ?? '')) faults.push(unsafe('subject'));
  if (body.template_id !== undefined)
    faults.push(fault('template_id', 'not-found', 'There is no such template'));
  else if (!body.text_body && !body.html_body)
    faults.push(fault('text_body', 'required', 'Send text_body or html_body'));
};

const fault = (field: string, code: string, message: string): FieldError => ({ field, code, message });
const unsafe = (field: string) =>
  fault(field, 'control-characters', 'Line breaks and control characters may not be in it');
