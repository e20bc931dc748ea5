import { ApiProperty } from '@nestjs/swagger';

const nullableString = { type: String, nullable: true } as const;

export class HandoffInboxBody {
  @ApiProperty() readonly inbox_id!: string;
  @ApiProperty() readonly address!: string;
  @ApiProperty(nullableString) readonly display_name!: string | null;
  @ApiProperty() readonly status!: string;
  @ApiProperty() readonly agent_access!: boolean;
  @ApiProperty() readonly owner_user_id!: string;
  @ApiProperty() readonly created_at!: string;
  @ApiProperty(nullableString) readonly closing_at!: string | null;
  @ApiProperty(nullableString) readonly purge_at!: string | null;
}

export class PausedTokenBody {
  @ApiProperty() readonly token_id!: string;
  @ApiProperty() readonly label!: string;
  @ApiProperty() readonly paused_at!: string;
  @ApiProperty(nullableString) readonly last_used_at!: string | null;
}

export class PersonBody {
  @ApiProperty() readonly email!: string;
  @ApiProperty(nullableString) readonly name!: string | null;
}

/** `last_message_at`, like `sent_at` of a missed reply: local in the inbox's zone, or UTC where it has none. */
export class OpenThreadBody {
  @ApiProperty() readonly thread_id!: string;
  @ApiProperty() readonly subject!: string;
  @ApiProperty({ type: [PersonBody] }) readonly participants!: readonly PersonBody[];
  @ApiProperty() readonly last_message_at!: string;
  @ApiProperty({ enum: ['inbound', 'outbound'], nullable: true }) readonly last_direction!: string | null;
  @ApiProperty() readonly message_count!: number;
  @ApiProperty() readonly unread_count!: number;
  @ApiProperty({ type: [Object] }) readonly labels!: readonly object[];
}

export class MissedReplyBody {
  @ApiProperty() readonly thread_id!: string;
  @ApiProperty() readonly message_id!: string;
  @ApiProperty() readonly subject!: string;
  @ApiProperty({ type: [PersonBody] }) readonly to!: readonly PersonBody[];
  @ApiProperty() readonly sent_at!: string;
  @ApiProperty() readonly days_waiting!: number;
}

export class FeedActorBody {
  @ApiProperty() readonly type!: string;
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly label!: string;
}

export class FeedEventBody {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly inbox_id!: string;
  @ApiProperty({ example: 'message.received' }) readonly type!: string;
  @ApiProperty() readonly resource_id!: string;
  @ApiProperty() readonly summary!: string;
  @ApiProperty() readonly actor!: FeedActorBody;
  @ApiProperty() readonly occurred_at!: string;
}

export class RelationshipBody {
  @ApiProperty(nullableString) readonly contact_id!: string | null;
  @ApiProperty() readonly address!: string;
  @ApiProperty(nullableString) readonly name!: string | null;
  @ApiProperty() readonly last_interaction_at!: string;
  @ApiProperty() readonly interaction_count!: number;
}

export class NextTimerBody {
  @ApiProperty() readonly type!: string;
  @ApiProperty() readonly due_at!: string;
  @ApiProperty() readonly subject_id!: string;
}

export class HandoffBody {
  @ApiProperty() readonly inbox!: HandoffInboxBody;
  @ApiProperty() readonly generated_at!: string;
  @ApiProperty() readonly log_position!: string;
  @ApiProperty({ type: [PausedTokenBody] }) readonly paused_tokens!: readonly PausedTokenBody[];
  @ApiProperty({ type: [OpenThreadBody] }) readonly open_threads!: readonly OpenThreadBody[];
  @ApiProperty({ type: [MissedReplyBody] }) readonly missed_replies!: readonly MissedReplyBody[];
  @ApiProperty({ type: [FeedEventBody] }) readonly recent_activity!: readonly FeedEventBody[];
  @ApiProperty({ type: [RelationshipBody] }) readonly active_relationships!: readonly RelationshipBody[];
  @ApiProperty({ type: [Object] }) readonly pending_approvals!: readonly object[];
  @ApiProperty() readonly held_sends!: number;
  @ApiProperty({ type: [NextTimerBody] }) readonly next_timers!: readonly NextTimerBody[];
}
