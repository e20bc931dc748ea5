import { randomBytes } from 'node:crypto';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Context } from '#kernel/context';
import { conflict, DomainError, isDomainError } from '#kernel/errors';
import type { Issued, Receipt } from '#kernel/messages';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { Reservations } from '#platform/reservations/reservations';
import { CheckTimes } from './checks.js';
import {
  AddDomain,
  CheckDomain,
  DeleteDomain,
  ForgetDomain,
  RecordDomainCheck,
  RegisterDomain,
  RemoveDomain,
} from './commands.js';
import { DkimKeys } from './dkim-keys.js';
import { Inspector, statusesOf } from './inspector.js';
import { domains, inboxesOnDomains, type DomainView } from './read-model.js';

/** In the whole installation, from verification on. */
const nameOf = (domain: string) => ({ kind: 'domain', value: domain });
/** Within its tenant, from the beginning. */
const claimOf = (domain: string, { tenantId }: Context) => ({
  kind: 'domain-claim',
  value: `${tenantId}/${domain}`,
});
const streamOf = (domainId: string) => `domain-${domainId}`;

@CommandHandler(AddDomain)
export class AddDomainHandler implements ICommandHandler<Issued<AddDomain>> {
  constructor(
    private readonly commands: Commands,
    private readonly reservations: Reservations,
    private readonly keys: DkimKeys,
  ) {}

  async execute({ data, context }: Issued<AddDomain>): Promise<Receipt> {
    const { domainId, domain } = data;
    const claim = claimOf(domain, context);
    if (!(await this.reservations.reserve(claim, streamOf(domainId), context)))
      throw exists((await this.reservations.ownerOf(claim))?.stream);
    const owner = await this.reservations.ownerOf(nameOf(domain));
    if (owner && owner.tenantId !== context.tenantId) {
      await this.reservations.release(claim, streamOf(domainId), context);
      throw conflict('domain-taken', 'This domain is verified by somebody else');
    }
    const dkimPublicKey = await this.keys.make(domainId);
    const ownershipToken = randomBytes(16).toString('hex');
    try {
      return await this.commands.execute(
        new RegisterDomain({ ...data, dkimPublicKey, ownershipToken }),
        context,
      );
    } catch (error) {
      if (!isDomainError(error) || error.code !== 'creation-abandoned') throw error;
      // Another call for the same name has overtaken this one.
      await this.keys.forget(domainId);
      throw exists((await this.reservations.ownerOf(claim))?.stream);
    }
  }
}

const exists = (stream = ''): DomainError => {
  const more = { domain_id: stream.slice(streamOf('').length) };
  return new DomainError('domain-exists', 'conflict', 'This domain is there already', [], more);
};

@CommandHandler(CheckDomain)
export class CheckDomainHandler implements ICommandHandler<Issued<CheckDomain>> {
  constructor(
    private readonly views: Views,
    private readonly commands: Commands,
    private readonly reservations: Reservations,
    private readonly inspector: Inspector,
    private readonly times: CheckTimes,
  ) {}

  async execute({ data: { domainId, scheduled }, context }: Issued<CheckDomain>): Promise<Receipt> {
    const found = await this.views.for({ tenantId: context.tenantId }).need(domains, domainId);
    const records = statusesOf(await this.inspector.inspect(found));
    const isComplete = Object.values(records).every((status) => status === 'ok');
    const claim = await this.claim(found, isComplete, context);
    try {
      const check = new RecordDomainCheck({ domainId, records, scheduled, claim });
      const receipt = await this.commands.execute(check, context);
      await this.times.note(domainId, context.now);
      return receipt;
    } catch (error) {
      // Removed meanwhile: nobody else would give the name back.
      if (isDomainError(error) && error.kind === 'not-found')
        await this.reservations.release(nameOf(found.domain), streamOf(domainId), context);
      throw error;
    }
  }

  /** The name is taken at the moment of the proof, so that of two who can prove it the first has it. */
  private async claim({ domainId, domain, status }: DomainView, isComplete: boolean, context: Context) {
    if (status === 'verified') return 'won';
    const owner = await this.reservations.ownerOf(nameOf(domain));
    if (owner && owner.stream !== streamOf(domainId)) return 'lost';
    if (!isComplete) return 'open';
    const isOurs = await this.reservations.reserve(nameOf(domain), streamOf(domainId), context);
    return isOurs ? 'won' : 'lost';
  }
}

/**
 * An inbox that is created on the domain in the same instant may escape this: it is then one whose domain is gone,
 * that can neither send nor receive, and becomes whole when the domain is added again.
 */
@CommandHandler(DeleteDomain)
export class DeleteDomainHandler implements ICommandHandler<Issued<DeleteDomain>> {
  constructor(
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  async execute({ data, context }: Issued<DeleteDomain>): Promise<Receipt> {
    await this.views.reached(inboxesOnDomains);
    const own = this.views.for({ tenantId: context.tenantId });
    const inUse = { filter: { inUseOn: data.domain }, limit: 1 };
    const { total, broken } = await own.list(inboxesOnDomains, 'inUse', inUse);
    if (total + broken > 0) throw conflict('domain-in-use', 'There are inboxes on this domain');
    const receipt = await this.commands.execute(new RemoveDomain(data), context);
    await this.commands.execute(new ForgetDomain(data), context);
    return receipt;
  }
}

@CommandHandler(ForgetDomain)
export class ForgetDomainHandler implements ICommandHandler<Issued<ForgetDomain>> {
  constructor(
    private readonly reservations: Reservations,
    private readonly keys: DkimKeys,
    private readonly times: CheckTimes,
  ) {}

  async execute({ data: { domainId, domain }, context }: Issued<ForgetDomain>): Promise<void> {
    await this.reservations.release(nameOf(domain), streamOf(domainId), context);
    await this.reservations.release(claimOf(domain, context), streamOf(domainId), context);
    await this.keys.forget(domainId);
    await this.times.forget(domainId);
  }
}
