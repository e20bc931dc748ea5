import { Injectable } from '@nestjs/common';
import type { Scope } from '#kernel/context';
import { withoutTag } from '#mail/address/mailbox';
import { Config } from '#platform/config/config';
import { Directory, type Found } from '#platform/event-sourcing/directory';
import { verifiedDomains } from '../domains/read-model.js';
import { inboxAddresses, inboxes } from '../inboxes/read-model.js';
import { suppressionIdOf } from '../suppressions/commands.js';
import { suppressions } from '../suppressions/read-model.js';
import { messages, type MessageView } from '../mailbox/read-model.js';
import { SANDBOX } from './events.js';
import { deliveries, ofStatus, sandboxMail, type DeliveryView, type SandboxMail } from './read-model.js';

/** With what the sender sees of it. */
export type Sandboxed = Readonly<{ mail: SandboxMail; message: MessageView | null }>;

/** Where mail goes and whether it may, across all tenants: background work has no caller. */
@Injectable()
export class DeliveryDirectory {
  constructor(
    private readonly documents: Directory,
    private readonly config: Config,
  ) {}

  /** See `DeliveryQueued`. Nothing for `.test` leaves the machine while there is a sandbox. */
  async destinationOf(email: string): Promise<string> {
    const domain = email.slice(email.lastIndexOf('@') + 1);
    if (await this.documents.get(verifiedDomains, domain)) return 'local';
    const { outbound, sandbox } = this.config;
    if (outbound === 'sandbox' || (sandbox && /(^|\.)test$/.test(domain))) return SANDBOX;
    return outbound === 'relay' ? 'relay' : domain;
  }

  /** Of ours, by its address, with or without a tag. */
  async inboxAt(email: string): Promise<Readonly<{ scope: Scope; isClosing: boolean }> | null> {
    const address = email.toLowerCase();
    const found =
      (await this.documents.get(inboxAddresses, address)) ??
      (await this.documents.get(inboxAddresses, withoutTag(address)));
    if (!found) return null;
    const { inboxId, tenantId, status } = found.document;
    return { scope: { tenantId, inboxId }, isClosing: status === 'closing' };
  }

  /** Why a delivery may not leave its inbox for now; null where it may. `scheduled`: of which message it is, if so. */
  async obstacle({ inboxId = '' }: Scope, scheduled: string | null): Promise<string | null> {
    const inbox = await this.documents.get(inboxes, inboxId);
    // What no view tells of is held: only what was purged is given up.
    const status = inbox?.document.status ?? 'unknown';
    if (status !== 'active') return `inbox-${status}`;
    const domain = await this.documents.get(verifiedDomains, inbox?.document.domain ?? '');
    if (!domain?.document.sendingReady) return 'domain-not-ready';
    const message = scheduled === null ? null : await this.documents.get(messages, scheduled);
    return message?.document.folder === 'trash' ? 'message-trashed' : null;
  }

  async isSuppressed(inboxId: string, email: string): Promise<boolean> {
    return (await this.documents.get(suppressions, suppressionIdOf(inboxId, email))) !== null;
  }

  due(now: string): AsyncIterable<Found<DeliveryView>> {
    // Exclusive, and what is due now is due.
    const before = new Date(Date.parse(now) + 1).toISOString();
    return this.documents.each(deliveries, 'byPlace', ofStatus('waiting', before));
  }

  delivery(deliveryId: string): Promise<Found<DeliveryView> | null> {
    return this.documents.get(deliveries, deliveryId);
  }

  /** Those under way, then the next to go first, then those that are held. */
  async *open(): AsyncIterable<Found<DeliveryView>> {
    for (const status of ['attempting', 'waiting', 'held'] as const)
      yield* this.documents.each(deliveries, 'byPlace', ofStatus(status));
  }

  held(): AsyncIterable<Found<DeliveryView>> {
    return this.documents.each(deliveries, 'byPlace', ofStatus('held'));
  }

  underWay(): AsyncIterable<Found<DeliveryView>> {
    return this.documents.each(deliveries, 'byPlace', ofStatus('attempting'));
  }

  /** What stayed in the sandbox, newest first, `limit` at most. */
  async sandboxed(limit: number): Promise<readonly Sandboxed[]> {
    const found: Sandboxed[] = [];
    const page = { filter: { isKept: true }, limit: Math.min(limit, 200) };
    for await (const { document } of this.documents.each(sandboxMail, 'newest', page)) {
      found.push(await this.joined(document));
      if (found.length === limit) break;
    }
    return found;
  }

  async sandboxedAs(messageId: string): Promise<Sandboxed | null> {
    const found = await this.documents.get(sandboxMail, messageId);
    return found?.document.isKept ? this.joined(found.document) : null;
  }

  private async joined(mail: SandboxMail): Promise<Sandboxed> {
    const message = await this.documents.get(messages, mail.messageId);
    return { mail, message: message?.document ?? null };
  }
}
