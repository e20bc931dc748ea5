import { Injectable } from '@nestjs/common';
import { Directory } from '#platform/event-sourcing/directory';
import { InboxDirectory } from '#platform/http/credentials';
import { addressOf } from './address.js';
import { inboxAddresses, inboxes } from './read-model.js';

/** The inbox that a request names: it is asked before there is a context. */
@Injectable()
export class Inboxes extends InboxDirectory {
  constructor(private readonly directory: Directory) {
    super();
  }

  /** A purged inbox has an id still, but its address no more. */
  async find(tenantId: string, idOrAddress: string): Promise<string | undefined> {
    const address = addressOf(idOrAddress)?.address;
    const found = address
      ? await this.directory.get(inboxAddresses, address)
      : await this.directory.get(inboxes, idOrAddress);
    return found?.scope.tenantId === tenantId ? found.document.inboxId : undefined;
  }
}
