import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Context } from '#kernel/context';
import { conflict, invalid, isDomainError } from '#kernel/errors';
import type { Issued, Receipt } from '#kernel/messages';
import { replay } from '#kernel/projection';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { Reservations } from '#platform/reservations/reservations';
import { PersonalData } from '#platform/vault/personal-data';
import { domains, type DomainView } from '../domains/read-model.js';
import {
  ChangeInboxConfig,
  ConfigureInbox,
  CreateInbox,
  EraseInbox,
  RegisterInbox,
  ReopenInbox,
  RestoreInbox,
} from './commands.js';
import { inboxes } from './read-model.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** One name with the addresses of lists, in the whole installation. */
const nameOf = (address: string) => ({ kind: 'address', value: address });
const streamOf = (inboxId: string) => `inbox-${inboxId}`;

@CommandHandler(CreateInbox)
export class CreateInboxHandler implements ICommandHandler<Issued<CreateInbox>> {
  constructor(
    private readonly views: Views,
    private readonly reservations: Reservations,
    private readonly commands: Commands,
  ) {}

  async execute({ data, context }: Issued<CreateInbox>): Promise<Receipt> {
    const { address, inboxId } = data;
    const domain = address.slice(address.lastIndexOf('@') + 1);
    const claims = await claimsTo(domain, this.views, context);
    if (claims.length === 0) throw outside();
    if (!claims.some(isVerified)) throw conflict('domain-not-verified', 'Verify the domain first');
    if (!(await this.reservations.reserve(nameOf(address), streamOf(inboxId), context))) throw taken();
    try {
      return await this.commands.execute(new RegisterInbox({ ...data, domain }), context);
    } catch (error) {
      throw isDomainError(error) && error.code === 'creation-abandoned' ? taken() : error;
    }
  }
}

@CommandHandler(RestoreInbox)
export class RestoreInboxHandler implements ICommandHandler<Issued<RestoreInbox>> {
  constructor(
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  async execute({ data: { inboxId, domain }, context }: Issued<RestoreInbox>): Promise<Receipt> {
    const isDomainVerified = (await claimsTo(domain, this.views, context)).some(isVerified);
    return this.commands.execute(new ReopenInbox({ inboxId, isDomainVerified }), context);
  }
}

@CommandHandler(ConfigureInbox)
export class ConfigureInboxHandler implements ICommandHandler<Issued<ConfigureInbox>> {
  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly commands: Commands,
  ) {}

  /** A secret is there before the event that names it, so a change that is refused touches none. */
  async execute({ data: { inboxId, changes, secret }, context }: Issued<ConfigureInbox>): Promise<Receipt> {
    const secretId = secret === '' ? null : context.newId('sec');
    if (secret && secretId) await this.secrets.keep(inboxId, secretId, secret);
    const webhook = changes.webhook && { ...changes.webhook, ...(secret !== undefined && { secretId }) };
    const config = { ...changes, ...(webhook !== undefined && { webhook }) };
    const receipt = await this.commands.execute(new ChangeInboxConfig({ inboxId, changes: config }), context);
    const inUse = replay(inboxes, inboxId, receipt.events).config?.webhook?.secretId ?? null;
    await this.secrets.forgetOthers(inboxId, inUse);
    return receipt;
  }
}

/** Delivered again it finds nothing left to do; the address is free only once everything else is gone. */
@CommandHandler(EraseInbox)
export class EraseInboxHandler implements ICommandHandler<Issued<EraseInbox>> {
  constructor(
    private readonly personalData: PersonalData,
    private readonly secrets: WebhookSecrets,
    private readonly reservations: Reservations,
  ) {}

  async execute({ data: { inboxId, address }, context }: Issued<EraseInbox>): Promise<void> {
    await this.secrets.forgetOthers(inboxId, null);
    await this.personalData.eraseScope({ tenantId: context.tenantId, inboxId });
    await this.reservations.release(nameOf(address), streamOf(inboxId), context);
  }
}

/** The tenant's claims upon the domain. */
const claimsTo = async (
  domain: string,
  views: Views,
  { tenantId }: Context,
): Promise<readonly DomainView[]> =>
  (await views.for({ tenantId }).list(domains, 'byName', { filter: { domain } })).results;

const isVerified = ({ status }: DomainView): boolean => status === 'verified';

const outside = () =>
  invalid('address', 'foreign-domain', 'It is on no domain of yours; add the domain first');
const taken = () => conflict('address-taken', 'This address is taken');
