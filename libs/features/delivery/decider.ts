import { aggregate } from '#kernel/aggregate';
import { conflict, notFound } from '#kernel/errors';
import {
  DeclareUncertain,
  DropDelivery,
  FinishAttempt,
  HoldDelivery,
  QueueDelivery,
  ReleaseDelivery,
  ReportRecipient,
  StartAttempt,
  type Claim,
  type DeliveryCommand,
} from './commands.js';
import {
  deliveryEvents,
  type AddressFailed,
  type AttemptStarted,
  type DeliveryEvent,
  type DeliveryQueued,
  type RecipientOutcome,
} from './events.js';

type Known = Readonly<{
  status: 'waiting' | 'attempting' | 'held' | 'done';
  queued: DeliveryQueued['data'];
  attempt: number;
  dueAt: string;
  /** Recipients without a final outcome, by index: only these are ever tried. */
  open: readonly number[];
  /** What was reported already, `recipient/kind`: a report that comes twice is one. */
  reported: readonly string[];
}>;
export type Delivery = { readonly status: 'absent' } | Known;

/** One message to one destination, until every recipient has an outcome. */
export const delivery = aggregate<DeliveryCommand, Delivery, DeliveryEvent | AddressFailed>({
  category: 'delivery',
  id: ({ data }) => data.deliveryId,
  commands: {
    QueueDelivery,
    StartAttempt,
    FinishAttempt,
    DeclareUncertain,
    HoldDelivery,
    ReleaseDelivery,
    DropDelivery,
    ReportRecipient,
  },
  events: deliveryEvents,
  begins: { QueueDelivery: true },
  initialState: { status: 'absent' },

  decide: {
    QueueDelivery: ({ claim, ...data }, { status }) => {
      if (status !== 'absent') return [];
      return [{ type: 'DeliveryQueued', data }, ...(claim ? [started(data, 1, claim)] : [])];
    },
    StartAttempt: (claim, state) => {
      const known = knownOf(state);
      if (known.status !== 'waiting' || claim.startedAt < known.dueAt) throw notDue(known);
      return started(known.queued, known.attempt + 1, claim);
    },
    FinishAttempt: ({ attempt, outcomes, replies, ...rest }, state) => {
      const known = knownOf(state);
      // What a slow attempt learnt is a fact, also after it was given up, but not once there is another one.
      if (known.attempt !== attempt || known.open.length === 0) return [];
      const isOpen = outcomes.map(({ recipient }) => known.open.includes(recipient));
      const kept = outcomes.filter((_, index) => isOpen[index]);
      const data = {
        ...rest,
        ...idsOf(known),
        attempt,
        outcomes: kept,
        replies: replies.filter((_, index) => isOpen[index]).map((reply) => (isErased(known) ? null : reply)),
      };
      return [{ type: 'AttemptFinished', data }, ...kept.flatMap((outcome) => failed(known, outcome))];
    },
    DeclareUncertain: ({ attempt, nextAttemptAt }, state) => {
      const known = knownOf(state);
      if (known.status !== 'attempting' || known.attempt !== attempt) return [];
      return { type: 'DeliveryUncertain', data: { ...idsOf(known), attempt, nextAttemptAt } };
    },
    HoldDelivery: ({ reason }, state) => {
      const known = knownOf(state);
      if (known.status === 'held') return [];
      if (known.status !== 'waiting') throw notDue(known);
      return { type: 'DeliveryHeld', data: { ...idsOf(known), reason } };
    },
    ReleaseDelivery: ({ nextAttemptAt }, state) => {
      const known = knownOf(state);
      if (known.status === 'attempting') return [];
      if (known.status === 'done') throw notDue(known);
      return { type: 'DeliveryReleased', data: { ...idsOf(known), nextAttemptAt } };
    },
    DropDelivery: (_, state) => {
      const known = knownOf(state);
      if (known.status === 'done') return [];
      if (known.status === 'attempting') throw notDue(known);
      return { type: 'DeliveryDropped', data: idsOf(known) };
    },
    ReportRecipient: ({ deliveryId: _, email, kind, ...report }, state) => {
      const known = knownOf(state);
      const recipient = recipientOf(known, email);
      const address = known.queued.recipients[recipient];
      if (address === undefined || known.reported.includes(`${recipient}/${kind}`)) return [];
      const reported = { ...report, ...idsOf(known), kind, recipient };
      const isLost = kind === 'complaint' || (kind === 'bounce' && report.hard);
      return [
        { type: 'RecipientReported', data: reported },
        ...(isLost ? [lost(known, address, kind === 'complaint' ? kind : 'hard-bounce', report)] : []),
      ];
    },
  },

  evolve: {
    DeliveryQueued: (_, queued) => ({
      status: 'waiting',
      queued,
      attempt: 0,
      dueAt: queued.notBefore,
      open: Array.from({ length: queued.count }, (_each, index) => index),
      reported: [],
    }),
    AttemptStarted: (state, { attempt }) => changed(state, { status: 'attempting', attempt }),
    AttemptFinished: (state, { outcomes, nextAttemptAt }) => {
      const settled = outcomes
        .filter(({ outcome }) => outcome !== 'deferred')
        .map(({ recipient }) => recipient);
      return closed(due(state, nextAttemptAt), settled);
    },
    DeliveryUncertain: (state, { nextAttemptAt }) => due(state, nextAttemptAt),
    DeliveryHeld: (state) => changed(state, { status: 'held' }),
    DeliveryReleased: (state, { nextAttemptAt }) => due(state, nextAttemptAt),
    DeliveryDropped: (state) => changed(state, { status: 'done', open: [] }),
    RecipientReported: (state, { recipient, kind }) => {
      if (state.status === 'absent') return state;
      const reported = [...state.reported, `${recipient}/${kind}`];
      const isFinal = kind === 'bounce' || kind === 'delivered';
      return closed({ ...state, reported }, isFinal ? [recipient] : []);
    },
    AddressFailed: (state) => state,
  },
});

/** Of a peer that says so; not of us, who held it back, nor of an inbox of ours that may yet be made. */
const HARD: readonly (string | null)[] = ['user-unknown', 'no-such-domain', 'null-mx'];

const knownOf = (state: Delivery): Known => {
  if (state.status === 'absent') throw notFound();
  return state;
};

/** Its message is: what a peer says of its recipients now would be kept under a new key, for good. */
const isErased = ({ queued: { recipients, count } }: Known): boolean => recipients.length < count;

const notDue = ({ status, dueAt }: Known) =>
  conflict('delivery-not-due', `This delivery is ${status}${status === 'waiting' ? ` until ${dueAt}` : ''}`);

const started = (
  { deliveryId, messageId }: DeliveryQueued['data'],
  attempt: number,
  { deadline, runner }: Claim,
): AttemptStarted => ({ type: 'AttemptStarted', data: { deliveryId, messageId, attempt, deadline, runner } });

const idsOf = ({ queued: { deliveryId, messageId } }: Pick<Known, 'queued'>) => ({ deliveryId, messageId });

const changed = (state: Delivery, changes: Partial<Known>): Delivery =>
  state.status === 'absent' ? state : { ...state, ...changes };

const due = (state: Delivery, at: string | null): Delivery =>
  changed(state, { status: 'waiting', ...(at !== null && { dueAt: at }) });

const closed = (state: Delivery, settled: readonly number[]): Delivery => {
  if (state.status === 'absent') return state;
  const open = state.open.filter((recipient) => !settled.includes(recipient));
  return { ...state, open, status: open.length === 0 ? 'done' : state.status };
};

const recipientOf = ({ queued: { recipients } }: Known, email: string | null): number => {
  if (recipients.length === 1) return 0;
  return recipients.findIndex((each) => each.toLowerCase() === email?.toLowerCase());
};

const failed = (known: Known, { recipient, outcome, status, reason }: RecipientOutcome): AddressFailed[] => {
  const email = known.queued.recipients[recipient];
  const isHard = outcome === 'bounced' && known.queued.destination !== 'local' && HARD.includes(reason);
  return isHard && email !== undefined
    ? [lost(known, email, 'hard-bounce', { status, reason: reason ?? '' })]
    : [];
};

const lost = (
  { queued: { deliveryId, messageId, inboxId } }: Known,
  email: string,
  kind: AddressFailed['data']['kind'],
  { status, reason }: { status: string | null; reason: string },
): AddressFailed => ({
  type: 'AddressFailed',
  data: { deliveryId, messageId, inboxId, email, kind, status, reason },
});
