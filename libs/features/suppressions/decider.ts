import { aggregate } from '#kernel/aggregate';
import { notFound } from '#kernel/errors';
import { LiftSuppression, SuppressAddress, type SuppressionCommand } from './commands.js';
import { suppressionEvents, type SuppressionEvent } from './events.js';

export type Suppression = Readonly<{ status: 'absent' | 'lifted' } | { status: 'in-force'; inboxId: string }>;

/** One address that one inbox does not write to. */
export const suppression = aggregate<SuppressionCommand, Suppression, SuppressionEvent>({
  category: 'suppression',
  id: ({ data }) => data.suppressionId,
  commands: { SuppressAddress, LiftSuppression },
  events: suppressionEvents,
  initialState: { status: 'absent' },

  decide: {
    SuppressAddress: (data, { status }) => (status === 'in-force' ? [] : { type: 'AddressSuppressed', data }),
    LiftSuppression: ({ suppressionId }, state) => {
      if (state.status !== 'in-force') throw notFound();
      return { type: 'SuppressionLifted', data: { suppressionId, inboxId: state.inboxId } };
    },
  },

  evolve: {
    AddressSuppressed: (_, { inboxId }) => ({ status: 'in-force', inboxId }),
    SuppressionLifted: () => ({ status: 'lifted' }),
  },
});
