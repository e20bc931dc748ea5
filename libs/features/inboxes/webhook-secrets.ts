import { Injectable } from '@nestjs/common';
import { Records } from '#platform/vault/records';

/** What the webhook of an inbox signs its requests with: in the vault, and never shown. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly records: Records) {}

  async keep(inboxId: string, secretId: string, secret: string): Promise<void> {
    await this.records.put(`${folderOf(inboxId)}${secretId}`, Buffer.from(secret));
  }

  /** All secrets of the inbox but the one that is in use. */
  async forgetOthers(inboxId: string, secretId: string | null): Promise<void> {
    const names = await this.records.list(folderOf(inboxId));
    const others = names.filter((name) => name !== `${folderOf(inboxId)}${secretId}`);
    await Promise.all(others.map((name) => this.records.delete(name)));
  }
}

const folderOf = (inboxId: string) => `inbox-webhook-secrets/${inboxId}/`;
