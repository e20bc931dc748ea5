import { Command } from '#kernel/messages';
import type { DmarcPolicy, DomainUse, RecordStatuses } from './events.js';

type Claim = { domain: string; domainUse: DomainUse; dmarcPolicy: DmarcPolicy };
type Registration = Claim & { domainId: string; dkimPublicKey: string; ownershipToken: string };
type Named = { domainId: string; domain: string };
/** `claim`: who has the name, as far as that was asked: one that is verified already has it. */
type Check = {
  domainId: string;
  records: RecordStatuses;
  scheduled: boolean;
  claim: 'won' | 'lost' | 'open';
};

/** To the handler that makes the key and keeps the claim unique, and from there, with both, to the decider. */
export class AddDomain extends Command('AddDomain')<Claim & { domainId: string }> {}
export class RegisterDomain extends Command('RegisterDomain')<Registration> {}

/** To the handler that looks the records up, and from there, with what it found, to the decider. */
export class CheckDomain extends Command('CheckDomain')<{ domainId: string; scheduled: boolean }> {}
export class RecordDomainCheck extends Command('RecordDomainCheck')<Check> {}

/** To the handler that makes sure that no inbox is on it. */
export class DeleteDomain extends Command('DeleteDomain')<Named> {}
export class RemoveDomain extends Command('RemoveDomain')<{ domainId: string }> {}
/** Its names are free for others again, its key is gone. */
export class ForgetDomain extends Command('ForgetDomain')<Named, void> {}

/** Everybody else's claims upon the name. */
export class LoseOtherClaims extends Command('LoseOtherClaims')<Named, void> {}
export class LoseClaim extends Command('LoseClaim')<{ domainId: string }> {}

export type DomainCommand = RegisterDomain | RecordDomainCheck | RemoveDomain | LoseClaim;
