import { aggregate } from '#kernel/aggregate';
import { conflict, notFound } from '#kernel/errors';
import { isSame } from '#kernel/same';
import {
  LoseClaim,
  RecordDomainCheck,
  RegisterDomain,
  RemoveDomain,
  type DomainCommand,
} from './commands.js';
import {
  domainEvents,
  RECORD_NAMES,
  type DomainChecked,
  type DomainEvent,
  type RecordName,
  type RecordStatuses,
} from './events.js';

type Failures = Readonly<Partial<Record<RecordName, number>>>;

/** `failures`: running ones on schedule, since it was verified. `degraded`: the records that it is known to lack. */
type Claimed = Readonly<{
  status: 'pending' | 'verified' | 'failed';
  domain: string;
  records: RecordStatuses | null;
  failures: Failures;
  degraded: readonly RecordName[];
}>;
export type Domain = Claimed | { readonly status: 'absent' | 'removed' };

/** One tenant's claim upon a name. */
export const domain = aggregate<DomainCommand, Domain, DomainEvent>({
  category: 'domain',
  id: ({ data }) => data.domainId,
  commands: { RegisterDomain, RecordDomainCheck, RemoveDomain, LoseClaim },
  events: domainEvents,
  initialState: { status: 'absent' },

  decide: {
    RegisterDomain: (data, state) => {
      if (state.status !== 'absent') throw conflict('domain-exists', 'This domain is there already');
      return { type: 'DomainAdded', data };
    },
    RecordDomainCheck: ({ domainId, records, scheduled, claim }, state) => {
      const { status, domain, ...known } = claimed(state);
      const data = { domainId, domain };
      const checked: DomainChecked = { type: 'DomainChecked', data: { ...data, records, scheduled } };
      if (status === 'verified') return judged(known, checked);
      const seen = isSame(records, known.records) ? [] : [checked];
      if (claim === 'won') return [...seen, { type: 'DomainVerified', data }];
      if (claim === 'lost' && status === 'pending') return [...seen, { type: 'DomainClaimLost', data }];
      return seen;
    },
    RemoveDomain: ({ domainId }, state) => {
      if (state.status === 'removed') return [];
      return { type: 'DomainRemoved', data: { domainId, domain: claimed(state).domain } };
    },
    LoseClaim: ({ domainId }, state) =>
      state.status === 'pending' ? { type: 'DomainClaimLost', data: { domainId, domain: state.domain } } : [],
  },

  evolve: {
    DomainAdded: (_, { domain }) => ({
      status: 'pending',
      domain,
      records: null,
      failures: {},
      degraded: [],
    }),
    DomainChecked: (state, { records, scheduled }) => {
      const { status, ...known } = claimed(state);
      const failures = status === 'verified' ? counted(known.failures, records, scheduled) : {};
      return { ...known, status, records, failures };
    },
    DomainVerified: (state) => ({ ...claimed(state), status: 'verified' }),
    DomainClaimLost: (state) => ({ ...claimed(state), status: 'failed' }),
    DomainDegraded: (state, { failing }) => ({ ...claimed(state), degraded: failing }),
    DomainRecovered: (state) => ({ ...claimed(state), degraded: [] }),
    DomainRemoved: () => ({ status: 'removed' }),
  },
});

const RUNNING = 3;

/** After verification the ownership record may go. */
export const KEPT_RECORDS = RECORD_NAMES.filter((name) => name !== 'gent-verify');

/** Neither a record nor anything else makes a verified domain less than verified; it may lose its readiness to send. */
const judged = (
  { records, failures, degraded }: Pick<Claimed, 'records' | 'failures' | 'degraded'>,
  checked: DomainChecked,
): readonly DomainEvent[] => {
  const { records: now, scheduled, ...data } = checked.data;
  const running = counted(failures, now, scheduled);
  const seen = isSame(now, records) && isSame(running, failures) ? [] : [checked];
  const failing = KEPT_RECORDS.filter((name) => running[name] === RUNNING);
  if (isSame(failing, degraded)) return seen;
  if (failing.length === 0) return [...seen, { type: 'DomainRecovered', data }];
  const sendingReady = failing.every((name) => name === 'MX');
  return [...seen, { type: 'DomainDegraded', data: { ...data, failing, sendingReady } }];
};

/** A good look-up ends a run; a bad one adds to it if it was on schedule, as long as that makes a difference. */
const counted = (failures: Failures, records: RecordStatuses, scheduled: boolean): Failures =>
  Object.fromEntries(
    KEPT_RECORDS.filter((name) => records[name] !== 'ok')
      .map((name) => [name, Math.min((failures[name] ?? 0) + (scheduled ? 1 : 0), RUNNING)] as const)
      .filter(([, count]) => count > 0),
  );

const claimed = (state: Domain): Claimed => {
  if (!('domain' in state)) throw notFound();
  return state;
};
