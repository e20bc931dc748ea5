import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsString,
  Length,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { atRevision } from '#platform/http/answer';
import { MayBeAbsent } from '#platform/http/input';
import { PageOf, PageQuery } from '#platform/http/page';
import { Instant } from '#platform/http/query';
import { utc } from '#platform/time/utc';
import { INBOX_STATUSES, type InboxStatus } from '../inboxes/events.js';
import type { InboxView } from '../inboxes/read-model.js';
import { statusOf, TOKEN_STATUSES, type TokenStatus, type TokenView } from './read-model.js';
import { effective, isGateable, isScope } from './scopes.js';

export const TOKEN_ACTIONS = ['rotate', 'pause', 'resume'] as const;
export type TokenAction = (typeof TOKEN_ACTIONS)[number];

const Each = (name: string, validate: (value: unknown) => boolean, message: string) =>
  ValidateBy({ name, validator: { validate, defaultMessage: () => message } }, { each: true });

export class NewToken {
  @ApiPropertyOptional({ description: 'The inbox, by its id or its address' })
  @MayBeAbsent()
  @IsString()
  readonly inbox_id?: string;

  @ApiProperty({ type: [String], example: ['email:read', 'email:send'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @Each('isScope', isScope, 'There is no such scope')
  readonly scopes!: string[];

  @ApiProperty() @IsString() @Length(1, 100) readonly label!: string;
  @Instant() readonly expires_at?: string;

  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(100)
  @Each(
    'isGateable',
    (scope) => isScope(scope) && isGateable(String(scope)),
    'This cannot be held for approval',
  )
  readonly requires_approval?: string[];
}

export class TokenChange {
  @ApiProperty() @IsIn(TOKEN_ACTIONS) readonly action!: TokenAction;

  @ApiPropertyOptional({ description: 'For rotate: how long the value before is accepted as well' })
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(86_400)
  readonly grace_seconds?: number;
}

export class TokensQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'The inbox, by its id or its address' })
  @MayBeAbsent()
  @IsString()
  readonly inbox_id?: string;

  @MayBeAbsent() @IsIn(TOKEN_STATUSES) readonly status?: TokenStatus;
}

type Facts = Readonly<{ now: string; lastUsedAt: string | null }>;

export class TokenBody {
  @ApiProperty() readonly token_id!: string;
  @ApiProperty() readonly inbox_id!: string;
  @ApiProperty() readonly label!: string;
  @ApiProperty({ type: [String] }) readonly scopes!: readonly string[];
  @ApiProperty({ type: [String] }) readonly requires_approval!: readonly string[];
  @ApiProperty({ enum: TOKEN_STATUSES }) readonly status!: TokenStatus;
  @ApiProperty({ type: String, nullable: true }) readonly expires_at!: string | null;
  @ApiProperty() readonly created_at!: string;
  @ApiProperty({ type: String, nullable: true }) readonly last_used_at!: string | null;
  @ApiProperty({ description: 'The first characters of the raw value' }) readonly prefix!: string;

  static of = (token: TokenView, { now, lastUsedAt }: Facts): TokenBody => {
    const body = {
      token_id: token.tokenId,
      inbox_id: token.inboxId,
      label: token.label,
      scopes: token.scopes,
      requires_approval: token.requiresApproval,
      status: statusOf(token, now),
      expires_at: utc(token.expiresAt),
      created_at: utc(token.createdAt),
      last_used_at: utc(lastUsedAt),
      prefix: token.prefix,
    };
    const { status, last_used_at } = body;
    // Its uses are no events, nor is it one that its time is over.
    const hasMore = last_used_at !== null || status === 'expired';
    return atRevision(token.revision, body, hasMore ? { status, last_used_at } : undefined);
  };
}

export class RawTokenBody extends TokenBody {
  @ApiProperty({ description: 'What the agent sends; shown this once' }) readonly raw_token!: string;
}

export class ChangedTokenBody extends TokenBody {
  @ApiPropertyOptional({ description: 'After rotate: the new value, shown this once' })
  readonly raw_token?: string;
}

export class TokenPage extends PageOf(TokenBody) {}

export class OwnInboxBody {
  @ApiProperty() readonly inbox_id!: string;
  @ApiProperty() readonly address!: string;
  @ApiProperty({ type: String, nullable: true }) readonly display_name!: string | null;
  @ApiProperty({ enum: INBOX_STATUSES }) readonly status!: InboxStatus;
  @ApiProperty({ type: String, nullable: true }) readonly default_timezone!: string | null;
}

export class OwnTokenBody {
  @ApiProperty() readonly token_id!: string;
  @ApiProperty() readonly label!: string;
  @ApiProperty({ type: [String] }) readonly scopes!: readonly string[];
  @ApiProperty({ type: [String] }) readonly effective_scopes!: readonly string[];
  @ApiProperty({ type: [String] }) readonly requires_approval!: readonly string[];
  @ApiProperty({ type: String, nullable: true }) readonly expires_at!: string | null;
  @ApiProperty() readonly inbox!: OwnInboxBody;

  static of = (token: TokenView, inbox: InboxView): OwnTokenBody => ({
    token_id: token.tokenId,
    label: token.label,
    scopes: token.scopes,
    effective_scopes: effective(token.scopes),
    requires_approval: token.requiresApproval,
    expires_at: utc(token.expiresAt),
    inbox: {
      inbox_id: inbox.inboxId,
      address: inbox.address,
      display_name: inbox.displayName,
      status: inbox.status,
      default_timezone: inbox.config?.defaultTimezone ?? null,
    },
  });
}
