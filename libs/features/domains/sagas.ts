import { policy } from '#kernel/saga';
import { ForgetDomain, LoseOtherClaims } from './commands.js';
import type { DomainRemoved, DomainVerified } from './events.js';
import { domains } from './read-model.js';

/** Whoever claimed the name too learns that it is not his. */
export const settleClaims = policy<DomainVerified, LoseOtherClaims>({
  name: 'domains.settle-claims',
  startFrom: 'origin',
  reads: [domains],
  whenever: { DomainVerified: ({ data }) => new LoseOtherClaims(data) },
});

/** Should whoever removed it not have come to that. */
export const forgetRemovedDomains = policy<DomainRemoved, ForgetDomain>({
  name: 'domains.forget-removed',
  startFrom: 'origin',
  whenever: { DomainRemoved: ({ data }) => new ForgetDomain(data) },
});
