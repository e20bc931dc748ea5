import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config';
import { Dns, isAbsent } from '#platform/dns/dns';
import { dnsRecordsOf, type DnsRecord } from './dns-records.js';
import type { RecordName, RecordStatus, RecordStatuses } from './events.js';
import { judge } from './judgement.js';
import { isSandboxName } from './names.js';
import type { DomainView } from './read-model.js';

export type RecordReport = Readonly<{
  record: RecordName;
  status: RecordStatus;
  expected: string;
  found: readonly string[];
}>;

const TIMEOUT_MS = 10_000;
/** What is shown of a host where somebody published more than anybody needs. */
const SHOWN = 20;
const SHOWN_LENGTH = 1_000;

/** Looks the five records of a domain up as DNS has them now; in the sandbox those of `.test` names are simply there. */
@Injectable()
export class Inspector {
  constructor(
    private readonly dns: Dns,
    private readonly config: Config,
  ) {}

  async inspect(domain: DomainView): Promise<readonly RecordReport[]> {
    const records = Object.values(dnsRecordsOf(domain, this.config.mailHostname));
    if (this.config.sandbox && isSandboxName(domain.domain))
      return records.map(({ record, value }) => ({ record, status: 'ok', expected: value, found: [value] }));
    return Promise.all(records.map((record) => this.report(record)));
  }

  private async report({ record, type, host, value: expected }: DnsRecord): Promise<RecordReport> {
    try {
      const { status, found } = judge(record, expected, await this.lookUp(host, type));
      const shown = found.slice(0, SHOWN).map((text) => text.slice(0, SHOWN_LENGTH));
      return { record, status, expected, found: shown };
    } catch (error) {
      return { record, status: isAbsent(error) ? 'missing' : 'error', expected, found: [] };
    }
  }

  private async lookUp(host: string, type: 'MX' | 'TXT'): Promise<readonly string[]> {
    const fresh = { fresh: true, timeoutMs: TIMEOUT_MS };
    if (type === 'TXT') return (await this.dns.resolve(host, 'TXT', fresh)).records;
    return (await this.dns.resolve(host, 'MX', fresh)).records.map(({ exchange }) => exchange);
  }
}

export const statusesOf = (reports: readonly RecordReport[]): RecordStatuses =>
  Object.fromEntries(reports.map(({ record, status }) => [record, status])) as Record<
    RecordName,
    RecordStatus
  >;
