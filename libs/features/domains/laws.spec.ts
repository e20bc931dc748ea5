import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, fold } from '#kernel/decider';
import { isDomainError } from '#kernel/errors';
import type { AnyCommand } from '#kernel/messages';
import { obeysProjectionLaws, type Happened } from '#testing/projection-laws';
import { obeysRedeliveryLaw } from '#testing/redelivery-law';
import { auditEntries } from '../audit/read-model.js';
import {
  LoseClaim,
  RecordDomainCheck,
  RegisterDomain,
  RemoveDomain,
  type DomainCommand,
} from './commands.js';
import { domain } from './decider.js';
import { domainEvents, RECORD_NAMES, type DomainEvent, type RecordStatuses } from './events.js';
import { domains, verifiedDomains } from './read-model.js';

const claims = [
  { domainId: 'dom_1', name: 'acme.test', tenantId: 'ten_acme' },
  { domainId: 'dom_2', name: 'rival.test', tenantId: 'ten_rival' },
  // Upon a name that is another's: it never wins.
  { domainId: 'dom_3', name: 'acme.test', tenantId: 'ten_rival' },
] as const;
const scopes = new Map(claims.map(({ domainId, tenantId }) => [`domain-${domainId}`, { tenantId }]));

const statuses = fc
  .array(fc.constantFrom('ok', 'ok', 'ok', 'missing', 'error'), { minLength: 5, maxLength: 5 })
  .map((each) => Object.fromEntries(RECORD_NAMES.map((name, at) => [name, each[at]])) as RecordStatuses);

const commands: fc.Arbitrary<DomainCommand> = fc.constantFrom(...claims).chain(({ domainId, name }) => {
  const registration = { domainId, domain: name, domainUse: 'existing_domain', dmarcPolicy: 'none' } as const;
  const claim = domainId === 'dom_3' ? (['lost', 'open'] as const) : (['won', 'open'] as const);
  const check = fc.record({ records: statuses, scheduled: fc.boolean(), claim: fc.constantFrom(...claim) });
  return fc.oneof(
    {
      weight: 2,
      arbitrary: fc.constant(
        new RegisterDomain({ ...registration, dkimPublicKey: 'k', ownershipToken: 'o' }),
      ),
    },
    { weight: 8, arbitrary: check.map((found) => new RecordDomainCheck({ domainId, ...found })) },
    { weight: 1, arbitrary: fc.constant(new LoseClaim({ domainId })) },
    { weight: 1, arbitrary: fc.constant(new RemoveDomain({ domainId })) },
  );
});

const histories = fc.array(commands, { minLength: 10, maxLength: 50 }).map((steps) => {
  const happened: Happened[] = [];
  for (const step of steps) {
    const stream = `domain-${step.data.domainId}`;
    const past = happened.filter((each) => each.stream === stream).map(({ event }) => event as DomainEvent);
    const scope = scopes.get(stream) ?? { tenantId: '' };
    happened.push(...decided(step, past).map((event) => ({ stream, event, scope })));
  }
  return happened;
});

const decided = (step: DomainCommand, past: readonly DomainEvent[]): readonly DomainEvent[] => {
  try {
    return decide(domain, step, fold(domain, past));
  } catch (error) {
    if (isDomainError(error)) return [];
    throw error;
  }
};

describe.each([domains, verifiedDomains, auditEntries])('the view $name', (view) => {
  it('is the same however its events come', () =>
    obeysProjectionLaws(view, { histories, catalogs: [domainEvents] }));
});

describe('a command that is delivered again', () => {
  it('does nothing to a domain', () =>
    obeysRedeliveryLaw(domain, fc.array(commands as fc.Arbitrary<AnyCommand>, { maxLength: 15 })));
});
