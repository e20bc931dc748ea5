import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { SigningKey } from '#mail/authentication/sign';
import { Clock } from '#platform/clock/clock';
import { Records } from '#platform/vault/records';
import { DKIM_SELECTOR, dkimKeyRecord } from '../domains/events.js';
import type { VerifiedDomain } from '../domains/read-model.js';

const KEPT_MS = 60_000;
const MOST = 1_000;

/** The private DKIM keys of domains, out of the vault; in memory for a minute at most. */
@Injectable()
export class SigningKeys {
  private readonly kept = new Map<string, Readonly<{ key: KeyObject; until: number }>>();

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  async of({ domainId, domain }: VerifiedDomain): Promise<SigningKey> {
    return { domain, selector: DKIM_SELECTOR, privateKey: await this.privateKey(domainId) };
  }

  private async privateKey(domainId: string): Promise<KeyObject> {
    const now = Date.parse(this.clock.now());
    const found = this.kept.get(domainId);
    if (found && found.until > now) return found.key;
    const stored = await this.records.get(dkimKeyRecord(domainId));
    if (!stored) throw new Error('A verified domain has no DKIM key');
    const key = createPrivateKey(Buffer.from(stored.value));
    if (this.kept.size >= MOST) this.kept.clear();
    this.kept.set(domainId, { key, until: now + KEPT_MS });
    return key;
  }
}
