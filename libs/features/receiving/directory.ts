import { Injectable } from '@nestjs/common';
import type { Scope } from '#kernel/context';
import { deliveryOf } from '#mail/bounce/verp';
import { Directory } from '#platform/event-sourcing/directory';
import type { Address } from '#platform/smtp/server/path';
import { deliveries } from '../delivery/read-model.js';
import { verifiedDomains } from '../domains/read-model.js';
import { inboxAddresses, inboxes, type InboxAddress, type InboxView } from '../inboxes/read-model.js';
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

  /** Case does not matter, and `local+tag@` is `local@`. A return path of ours is the inbox whose mail it was. */
  async find({ local, domain }: Address): Promise<Mailbox | Missing> {
    if (domain === '') return (await this.postmasterOf(HERE)) ?? 'unknown';
    const owner = await this.directory.get(verifiedDomains, domain);
    if (!owner) return 'foreign';
    const { tenantId } = owner.document;
    const deliveryId = deliveryOf(`${local}@${domain}`);
    if (deliveryId) return this.senderOf(deliveryId, tenantId);
    const name = local.toLowerCase().replace(/(?<=.)\+.*/s, '');
    const found = await this.directory.get(inboxAddresses, `${name}@${domain}`);
    if (found?.scope.tenantId === tenantId) return open(tenantId, found.document);
    return (ROLES.includes(name) && (await this.postmasterOf(domain, tenantId))) || 'unknown';
  }

  private async senderOf(deliveryId: string, tenantId: string): Promise<Mailbox | Missing> {
    const delivery = await this.directory.get(deliveries, deliveryId);
    if (delivery?.scope.tenantId !== tenantId) return 'unknown';
    const inbox = await this.directory.get(inboxes, delivery.document.inboxId);
    return inbox ? open(tenantId, inbox.document) : 'unknown';
  }

  private async postmasterOf(key: string, tenantId?: string): Promise<Mailbox | null> {
    const candidates = (await this.directory.get(postmasters, key))?.document.candidates ?? [];
    const inbox = candidates.find((candidate) => !tenantId || candidate.tenantId === tenantId);
    return inbox ? { scope: inbox, inboxId: inbox.inboxId } : null;
  }
}

const open = (tenantId: string, { inboxId, status }: InboxAddress | InboxView): Mailbox | Missing => {
  if (status === 'purged') return 'unknown';
  return status === 'closing' ? 'closing' : { scope: { tenantId, inboxId }, inboxId };
};
