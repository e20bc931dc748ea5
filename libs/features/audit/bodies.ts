import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import type { Position } from '#kernel/event-store';
import { MayBeAbsent } from '#platform/http/input';
import { Cursor, PageOf, PageQuery, Sort } from '#platform/http/page';
import { QueryInteger } from '#platform/http/query';
import { utc } from '#platform/time/utc';
import type { AuditEntryView } from './read-model.js';

export class AuditFilters {
  @MayBeAbsent() @IsString() readonly inbox_id?: string;
  @MayBeAbsent() @Length(1, 200) readonly actor_id?: string;
  @MayBeAbsent() @Length(1, 200) readonly action?: string;
  @MayBeAbsent() @Length(1, 200) readonly resource_type?: string;
  @MayBeAbsent() @Length(1, 200) readonly resource_id?: string;
  @MayBeAbsent() @Length(1, 200) readonly after?: string;
  @MayBeAbsent() @Length(1, 200) readonly before?: string;
}

export class AuditQuery extends IntersectionType(PageQuery, AuditFilters) {}

/** As the list, but without a `limit` all there is. */
export class AuditExportQuery extends AuditFilters {
  @QueryInteger({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }) readonly position?: number;
  @QueryInteger({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) readonly limit?: number;
  @Cursor() readonly cursor?: string;
  @Sort() readonly sort?: 'asc' | 'desc';
}

export class AuditActorBody {
  @ApiProperty({ enum: ['user', 'token', 'system', 'external'] }) readonly type!: string;
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly label!: string;
  @ApiProperty({ type: String, nullable: true }) readonly ip!: string | null;
}

export class AuditResourceBody {
  @ApiProperty() readonly type!: string;
  @ApiProperty() readonly id!: string;
}

export class AuditEntryBody {
  @ApiProperty() readonly audit_id!: string;
  @ApiProperty() readonly log_position!: string;
  @ApiProperty() readonly occurred_at!: string;
  @ApiProperty() readonly actor!: AuditActorBody;
  @ApiProperty({ example: 'token.paused' }) readonly action!: string;
  @ApiProperty() readonly resource!: AuditResourceBody;
  @ApiProperty({ type: String, nullable: true }) readonly inbox_id!: string | null;
  @ApiProperty() readonly summary!: string;
  @ApiProperty({ type: Object }) readonly changes!: object;
  @ApiProperty() readonly correlation_id!: string;
  @ApiProperty() readonly request_id!: string;

  /** What a request set off carries its id, as `correlation_id` and so as `request_id`. */
  static of = (entry: AuditEntryView, position: Position, label: string): AuditEntryBody => ({
    audit_id: entry.auditId,
    log_position: String(position),
    occurred_at: utc(entry.at),
    actor: { type: entry.actorType, id: entry.actorId, label, ip: entry.ip },
    action: entry.action,
    resource: { type: entry.resourceType, id: entry.resourceId },
    inbox_id: entry.inboxId,
    summary: entry.summary,
    changes: entry.changes,
    correlation_id: entry.correlationId,
    request_id: entry.correlationId,
  });
}

export class AuditPage extends PageOf(AuditEntryBody) {}
