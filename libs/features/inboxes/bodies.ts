import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { atRevision } from '#platform/http/answer';
import { MayBeAbsent, OneLine } from '#platform/http/input';
import { PageOf, PageQuery } from '#platform/http/page';
import { utc } from '#platform/time/utc';
import { INBOX_ACTIONS, type InboxAction } from './commands.js';
import { DEFAULT_CONFIG } from './decider.js';
import { INBOX_STATUSES, type InboxStatus } from './events.js';
import type { InboxView } from './read-model.js';
import { isInboxEventType } from './webhook-events.js';

const IsTimeZone = () =>
  ValidateBy({
    name: 'isTimeZone',
    validator: { validate: isTimeZone, defaultMessage: () => 'must be an IANA time zone' },
  });

const IsInboxEventType = () =>
  ValidateBy(
    {
      name: 'isEventType',
      validator: { validate: isInboxEventType, defaultMessage: () => 'must be event types of an inbox' },
    },
    { each: true },
  );

const isTimeZone = (zone: unknown): boolean => {
  // `Intl` takes offsets as well, which are no zones.
  if (typeof zone !== 'string' || !/^[A-Za-z][\w+/-]{0,63}$/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

export class NewInbox {
  @ApiProperty({ example: 'support@agents.example.com' })
  @IsString()
  @Length(1, 320)
  readonly address!: string;
  @MayBeAbsent() @IsString() @MaxLength(100) @OneLine() readonly display_name?: string;
}

export class InboxChanges {
  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @OneLine()
  readonly display_name?: string | null;

  @MayBeAbsent() @IsIn(INBOX_ACTIONS) readonly action?: InboxAction;
  @MayBeAbsent() @IsString() @Length(1, 64) readonly owner_user_id?: string;
}

export class InboxesQuery extends PageQuery {
  @MayBeAbsent() @IsIn(INBOX_STATUSES) readonly status?: InboxStatus;
  @MayBeAbsent() @IsString() @MaxLength(200) readonly q?: string;
}

export class InboxBody {
  @ApiProperty() readonly inbox_id!: string;
  @ApiProperty() readonly address!: string;
  @ApiProperty({ type: String, nullable: true }) readonly display_name!: string | null;
  @ApiProperty({ enum: INBOX_STATUSES }) readonly status!: InboxStatus;
  @ApiProperty() readonly agent_access!: boolean;
  @ApiProperty() readonly owner_user_id!: string;
  @ApiProperty() readonly created_at!: string;
  @ApiProperty({ type: String, nullable: true }) readonly closing_at!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly purge_at!: string | null;

  static of = (inbox: InboxView): InboxBody | PurgedInboxBody =>
    inbox.status === 'purged'
      ? PurgedInboxBody.of(inbox)
      : atRevision(inbox.revision, {
          inbox_id: inbox.inboxId,
          address: inbox.address,
          display_name: inbox.displayName,
          status: inbox.status,
          agent_access: inbox.agentAccess,
          owner_user_id: inbox.ownerUserId,
          created_at: utc(inbox.createdAt),
          closing_at: utc(inbox.closingAt),
          purge_at: utc(inbox.purgeAt),
        });
}

export class PurgedInboxBody {
  @ApiProperty() readonly inbox_id!: string;
  @ApiProperty({ enum: ['purged'] }) readonly status!: 'purged';
  @ApiProperty({ type: String, nullable: true }) readonly purged_at!: string | null;

  static of = ({ inboxId, purgedAt, revision }: InboxView): PurgedInboxBody =>
    atRevision(revision, { inbox_id: inboxId, status: 'purged', purged_at: utc(purgedAt) });
}

/** What is known of an inbox, be it purged or not. */
export const ANY_INBOX = {
  oneOf: [InboxBody, PurgedInboxBody].map((body) => ({ $ref: getSchemaPath(body) })),
};

@ApiExtraModels(PurgedInboxBody)
export class InboxPage extends PageOf(InboxBody) {
  @ApiProperty({ type: 'array', items: ANY_INBOX }) declare readonly results: InboxBody[];
}

export class InboxWebhookChanges {
  @ApiProperty({ example: 'https://example.com/hooks/gent' })
  @IsString()
  @Length(1, 2_048)
  readonly url!: string;

  @MayBeAbsent()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsInboxEventType()
  readonly events?: string[];

  @MayBeAbsent() @IsString() @MaxLength(256) readonly secret?: string;
}

export class InboxConfigChangesBody {
  @ApiPropertyOptional({ type: String, nullable: true, example: 'Europe/Lisbon' })
  @IsOptional()
  @IsTimeZone()
  readonly default_timezone?: string | null;

  @ApiPropertyOptional({ type: Number, nullable: true })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(365)
  readonly missed_reply_threshold_days?: number | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Plain text or HTML' })
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  readonly signature?: string | null;

  @ApiPropertyOptional({ type: Number, nullable: true })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly label_inference_threshold?: number | null;

  @MayBeAbsent() @IsBoolean() readonly collaboration_enabled?: boolean;

  @ApiPropertyOptional({ type: InboxWebhookChanges, nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => InboxWebhookChanges)
  readonly webhook?: InboxWebhookChanges | null;
}

export class InboxWebhookBody {
  @ApiProperty() readonly url!: string;
  @ApiProperty({ type: [String] }) readonly events!: readonly string[];
  @ApiProperty() readonly has_secret!: boolean;
}

export class InboxConfigBody {
  @ApiProperty() readonly inbox_id!: string;
  @ApiProperty({ type: String, nullable: true }) readonly default_timezone!: string | null;
  @ApiProperty({ type: Number, nullable: true }) readonly missed_reply_threshold_days!: number | null;
  @ApiProperty({ type: String, nullable: true }) readonly signature!: string | null;
  @ApiProperty({ type: Number, nullable: true }) readonly label_inference_threshold!: number | null;
  @ApiProperty() readonly collaboration_enabled!: boolean;
  @ApiProperty({ type: InboxWebhookBody, nullable: true }) readonly webhook!: InboxWebhookBody | null;
  @ApiProperty({ type: String, nullable: true }) readonly updated_at!: string | null;

  static of = ({ inboxId, config, configuredAt, revision }: InboxView): InboxConfigBody => {
    const { webhook, ...settings } = config ?? DEFAULT_CONFIG;
    return atRevision(revision, {
      inbox_id: inboxId,
      default_timezone: settings.defaultTimezone,
      missed_reply_threshold_days: settings.missedReplyThresholdDays,
      signature: settings.signature,
      label_inference_threshold: settings.labelInferenceThreshold,
      collaboration_enabled: settings.collaborationEnabled,
      webhook: webhook && {
        url: webhook.url,
        events: webhook.events,
        has_secret: webhook.secretId !== null,
      },
      updated_at: utc(configuredAt),
    });
  };
}
