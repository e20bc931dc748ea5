import { Injectable } from '@nestjs/common';
import type { Scope } from '#kernel/context';
import { Directory } from '#platform/event-sourcing/directory';
import type { Address } from '#platform/smtp/server/path';
import { verifiedDomains } from '../domains/read-model.js';
import { inboxAddresses } from '../inboxes/read-model.js';
import { HERE, postmasters } from './read-model.js';

/** An inbox that takes mail. */
export type Mailbox = Readonly<{ scope: Scope; inboxId: string }>;
export type Missing = 'foreign' | 'unknown' | 'closing';

/** RFC 5321 section 4.5.1 and RFC 2142: a domain that takes mail answers for itself. */
const ROLES = ['postmaster', 'abuse'];

/** Whose mail an address is: exact keys in views, whatever the number of inboxes. */
@Injectable()
export class Mailboxes {
  constructor(private readonly directory: Directory) {}

  /** Case does not matter, and `local+tag@` is `local@`. */
  async find({ local, domain }: Address): Promise<Mailbox | Missing> {
    if (domain === '') return (await this.postmasterOf(HERE)) ?? 'unknown';
    const owner = await this.directory.get(verifiedDomains, domain);
    if (!owner) return 'foreign';
    const { tenantId } = owner.document;
    const name = local.toLowerCase().replace(/(?<=.)\+.*/s, '');
    const found = await this.directory.get(inboxAddresses, `${name}@${domain}`);
    if (found?.scope.tenantId === tenantId) {
      const { inboxId, status } = found.document;
      return status === 'closing' ? 'closing' : { scope: { tenantId, inboxId }, inboxId };
    }
    return (ROLES.includes(name) && (await this.postmasterOf(domain, tenantId))) || 'unknown';
  }

  private async postmasterOf(key: string, tenantId?: string): Promise<Mailbox | null> {
    const candidates = (await this.directory.get(postmasters, key))?.document.candidates ?? [];
    const inbox = candidates.find((candidate) => !tenantId || candidate.tenantId === tenantId);
    return inbox ? { scope: inbox, inboxId: inbox.inboxId } : null;
  }
}
