import { aggregate } from '#kernel/aggregate';
import type { EventCatalog } from '#kernel/event-catalog';
import { Command, type Event } from '#kernel/messages';

/** The stream that a name belongs to, and whose that is. */
export type Owner = Readonly<{ stream: string; tenantId: string }>;

/** `key`: HMAC of kind and name, so that the log tells nobody which names are taken. */
type Reservation = { key: string; owner: Owner };

export type NameReserved = Event<'NameReserved', Reservation>;
export type NameReleased = Event<'NameReleased', Reservation>;
export type ReservationEvent = NameReserved | NameReleased;

/** The first and last event of a stream that reserved a name and was then never created. */
export type CreationAbandoned = Event<'CreationAbandoned', object>;

export const reservationEvents: EventCatalog<ReservationEvent> = {
  NameReserved: { version: 1 },
  NameReleased: { version: 1 },
};

export const abandonedEvents: EventCatalog<CreationAbandoned> = { CreationAbandoned: { version: 1 } };

export class ReserveKey extends Command('ReserveKey')<Reservation> {}
export class ReleaseKey extends Command('ReleaseKey')<Reservation> {}

/** One name in the whole installation, and who has it. Asking for another's is no error: the state tells. */
export const reservation = aggregate<ReserveKey | ReleaseKey, { owner: Owner | null }, ReservationEvent>({
  category: 'reservation',
  id: ({ data }) => data.key,
  commands: { ReserveKey, ReleaseKey },
  events: reservationEvents,
  shared: true,
  initialState: { owner: null },

  decide: {
    ReserveKey: (data, { owner }) => (owner ? [] : { type: 'NameReserved', data }),
    ReleaseKey: (data, { owner }) =>
      owner?.stream === data.owner.stream ? { type: 'NameReleased', data } : [],
  },

  evolve: {
    NameReserved: (_, { owner }) => ({ owner }),
    NameReleased: () => ({ owner: null }),
  },
});
