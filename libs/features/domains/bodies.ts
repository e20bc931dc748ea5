import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { atRevision } from '#platform/http/answer';
import { MayBeAbsent } from '#platform/http/input';
import { PageOf } from '#platform/http/page';
import { ReferenceField, ReferencePayload } from '#platform/http/reference';
import { utc } from '#platform/time/utc';
import { dnsRecordsOf, type DnsRecord } from './dns-records.js';
import { DMARC_POLICIES, DOMAIN_USES, RECORD_NAMES } from './events.js';
import type { DmarcPolicy, DomainUse, RecordName, RecordStatus } from './events.js';
import type { RecordReport } from './inspector.js';
import type { DomainStatus, DomainView } from './read-model.js';

const STATUSES = ['pending', 'verified', 'failed'] as const;
const TTL_SECONDS = 3_600;

export class NewDomain {
  @ApiProperty({ example: 'agents.example.com' }) @IsString() @Length(1, 255) readonly domain!: string;
  @MayBeAbsent() @IsIn(DOMAIN_USES) readonly domain_use?: DomainUse;
  @MayBeAbsent() @IsIn(DMARC_POLICIES) readonly dmarc_policy?: DmarcPolicy;
}

export class DnsRecordBody {
  @ApiProperty({ enum: RECORD_NAMES }) readonly record!: RecordName;
  @ApiProperty({ enum: ['MX', 'TXT'] }) readonly type!: string;
  @ApiProperty() readonly name!: string;
  @ApiProperty() readonly host!: string;
  @ApiProperty() readonly value!: string;
  @ApiPropertyOptional() readonly priority?: number;
  @ApiProperty() readonly ttl!: number;
  @ApiProperty() readonly required_after_verification!: boolean;

  static of = (record: DnsRecord): DnsRecordBody => ({
    ...record,
    ttl: TTL_SECONDS,
    required_after_verification: record.record !== 'gent-verify',
  });
}

export class DomainBody {
  @ApiProperty() readonly domain_id!: string;
  @ApiProperty() readonly domain!: string;
  @ApiProperty({ enum: DOMAIN_USES }) readonly domain_use!: DomainUse;
  @ApiProperty({ enum: DMARC_POLICIES }) readonly dmarc_policy!: DmarcPolicy;
  @ApiProperty({ enum: STATUSES }) readonly status!: DomainStatus;
  @ApiProperty() readonly sending_ready!: boolean;
  @ApiProperty({ type: String, nullable: true }) readonly verified_at!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly last_checked_at!: string | null;
  @ApiProperty() readonly created_at!: string;
  @ApiProperty({ type: [DnsRecordBody] }) readonly dns_records!: DnsRecordBody[];

  static of = (domain: DomainView, mailHostname: string, lastCheckedAt: string | null): DomainBody => {
    const body = {
      domain_id: domain.domainId,
      domain: domain.domain,
      domain_use: domain.domainUse,
      dmarc_policy: domain.dmarcPolicy,
      status: domain.status,
      sending_ready: domain.sendingReady,
      verified_at: utc(domain.verifiedAt),
      last_checked_at: utc(lastCheckedAt),
      created_at: utc(domain.createdAt),
      dns_records: Object.values(dnsRecordsOf(domain, mailHostname)).map(DnsRecordBody.of),
    };
    // A check that finds what it found before is no event.
    return atRevision(domain.revision, body, lastCheckedAt === null ? undefined : { lastCheckedAt });
  };
}

export class DomainPage extends PageOf(DomainBody) {}

export class RecordReportBody {
  @ApiProperty({ enum: RECORD_NAMES }) readonly record!: RecordName;
  @ApiProperty({ enum: ['ok', 'missing', 'mismatch', 'error'] }) readonly status!: RecordStatus;
  @ApiProperty() readonly expected!: string;
  @ApiProperty({ type: [String] }) readonly found!: readonly string[];
}

export class DomainCheckBody {
  @ApiProperty() readonly domain!: string;
  @ApiProperty({ type: [RecordReportBody] }) readonly records!: readonly RecordReportBody[];
  @ApiProperty() readonly all_ok!: boolean;

  /** The ownership record counts until verification only. */
  static of = ({ domain, status }: DomainView, records: readonly RecordReport[]): DomainCheckBody => ({
    domain,
    records,
    all_ok: records.every(
      (each) => each.status === 'ok' || (status === 'verified' && each.record === 'gent-verify'),
    ),
  });
}

export class DnsRecordTypeBody {
  @ApiProperty({ enum: ['MX', 'TXT'] }) readonly type!: string;
  @ApiProperty({ enum: RECORD_NAMES }) readonly record!: RecordName;
  @ApiProperty() readonly name!: string;
  @ApiProperty() readonly purpose!: string;
  @ApiProperty() readonly removable_after_verification!: boolean;
}

export class DnsRecordTypesBody {
  @ApiProperty() readonly resource!: string;
  @ApiProperty({ type: [DnsRecordTypeBody] }) readonly dns_record_types!: readonly DnsRecordTypeBody[];
  @ApiProperty({ type: Object }) readonly counts!: object;
}

@ApiExtraModels(ReferencePayload)
export class DomainReferenceBody extends DnsRecordTypesBody {
  @ApiProperty() readonly version!: string;
  @ApiProperty({ type: 'object', additionalProperties: { $ref: '#/components/schemas/ReferencePayload' } })
  readonly payload!: Readonly<Record<string, ReferencePayload>>;
  @ApiProperty({ type: [ReferenceField] }) readonly fields!: readonly ReferenceField[];
  @ApiProperty({ type: Object }) readonly builder!: object;
  @ApiProperty({ type: [Object] }) readonly dmarc_policy_guidance!: readonly object[];
  @ApiProperty({ type: [Object] }) readonly domain_uses!: readonly object[];
  @ApiProperty({ type: Object }) readonly setup!: object;
}
