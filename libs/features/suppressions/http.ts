import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiProperty,
  ApiTags,
} from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { inboxOf, type Context } from '#kernel/context';
import { conflict, invalid } from '#kernel/errors';
import { replay } from '#kernel/projection';
import { canonicalAddress, parseMailbox } from '#mail/address/mailbox';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { atRevision, Awaits } from '#platform/http/answer';
import { MayBeAbsent } from '#platform/http/input';
import { pageBody, PageOf, PageQuery, placeOf } from '#platform/http/page';
import { RequestContext } from '#platform/http/request-context';
import { Refuses } from '#platform/http/refuses';
import { Requires } from '#platform/http/requires';
import { utc } from '#platform/time/utc';
import { inboxes } from '../inboxes/read-model.js';
import { LiftSuppression, SuppressAddress, suppressionIdOf } from './commands.js';
import { SUPPRESSION_REASONS, type SuppressionReason } from './events.js';
import { suppressions, type SuppressionView } from './read-model.js';

class NewSuppression {
  @ApiProperty({ example: 'ann@mail.example' }) @IsString() @MaxLength(320) readonly email!: string;
  @MayBeAbsent() @IsString() readonly inbox_id?: string;
}

class SuppressionsQuery extends PageQuery {
  @MayBeAbsent() @IsString() readonly inbox_id?: string;
  @MayBeAbsent() @IsString() readonly email?: string;
  @MayBeAbsent() @IsIn(SUPPRESSION_REASONS) readonly reason?: SuppressionReason;
}

class SuppressionBody {
  @ApiProperty() readonly suppression_id!: string;
  @ApiProperty() readonly inbox_id!: string;
  @ApiProperty() readonly email!: string;
  @ApiProperty({ enum: SUPPRESSION_REASONS }) readonly reason!: SuppressionReason;
  @ApiProperty({ type: String, nullable: true, description: 'Enhanced status code, RFC 3463' })
  readonly status!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What bounced, or was complained about' })
  readonly message_id!: string | null;
  @ApiProperty() readonly created_at!: string;

  static of = (found: SuppressionView): SuppressionBody =>
    atRevision(found.revision, {
      suppression_id: found.suppressionId,
      inbox_id: found.inboxId,
      email: found.email,
      reason: found.reason,
      status: found.status,
      message_id: found.messageId,
      created_at: utc(found.createdAt),
    });
}

class SuppressionPage extends PageOf(SuppressionBody) {}

/** Addresses that an inbox does not write to, because they bounced, complained, or somebody said so. */
@ApiTags('Suppressions')
@Controller('suppressions')
export class SuppressionsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
  ) {}

  @Get()
  @Requires('email:read')
  @Refuses('inbox-id-required', 'position-too-deep')
  @ApiOkResponse({ type: SuppressionPage })
  async list(
    @Query() query: SuppressionsQuery,
    @RequestContext() context: Context,
  ): Promise<SuppressionPage> {
    const filter = {
      ...(query.email !== undefined && { email: canonicalAddress(query.email).toLowerCase() }),
      ...(query.reason !== undefined && { reason: query.reason }),
    };
    const request = { ...placeOf(query), filter };
    const page = await this.views.forInbox(context).list(suppressions, 'newest', request);
    return pageBody(query, page, SuppressionBody.of);
  }

  @Post()
  @Requires('email:write')
  @Refuses('inbox-id-required', 'inbox-purged')
  @Awaits(suppressions)
  @ApiCreatedResponse({ type: SuppressionBody })
  async add(@Body() body: NewSuppression, @RequestContext() context: Context): Promise<SuppressionBody> {
    const inboxId = inboxOf(context);
    const email = parseMailbox(body.email)?.email.toLowerCase();
    if (!email) throw invalid('email', 'is-email', 'This is no e-mail address');
    const inbox = await this.views.for(context).get(inboxes, inboxId);
    // Nobody would erase it any more.
    if (inbox?.status === 'purged') throw conflict('inbox-purged', 'The inbox was purged');
    const suppressionId = suppressionIdOf(inboxId, email);
    const suppressed = {
      suppressionId,
      inboxId,
      email,
      reason: 'manual',
      status: null,
      messageId: null,
    } as const;
    const { events } = await this.commands.execute(new SuppressAddress(suppressed), context);
    return SuppressionBody.of(replay(suppressions, suppressionId, events));
  }

  @Delete(':id')
  @Requires('email:write')
  @Awaits(suppressions)
  @HttpCode(204)
  @ApiNoContentResponse()
  async lift(@Param('id') suppressionId: string, @RequestContext() context: Context): Promise<void> {
    await this.commands.execute(new LiftSuppression({ suppressionId }), context);
  }
}
