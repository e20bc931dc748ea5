import { Injectable } from '@nestjs/common';
import { jsonBytes, readJson, Records } from '#platform/vault/records';

/** When each domain was looked at last: not in the log, where a check that found nothing new has no place. */
@Injectable()
export class CheckTimes {
  constructor(private readonly records: Records) {}

  /** ISO 8601, UTC. */
  async last(domainId: string): Promise<string | null> {
    return (await readJson<{ at: string }>(this.records, nameOf(domainId)))?.at ?? null;
  }

  async note(domainId: string, at: string): Promise<void> {
    await this.records.put(nameOf(domainId), jsonBytes({ at }));
  }

  async forget(domainId: string): Promise<void> {
    await this.records.delete(nameOf(domainId));
  }
}

const nameOf = (domainId: string) => `domain-checks/${domainId}`;
