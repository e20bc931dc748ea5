import { expect, it } from '@jest/globals';
import { features } from '#apps/features';
import { aggregatesOf } from '#platform/event-sourcing/features';
import { partsOf } from '#platform/event-sourcing/module';
import { abandonedEvents, reservationEvents } from '#platform/reservations/reservation';
import { DECIDED_TYPES } from './entries.js';

it('is said of every event of the program whether it is audited', () => {
  const catalogs = partsOf(features).flatMap((feature) => [
    ...(feature.catalogs ?? []),
    ...aggregatesOf(feature).map(({ events }) => events),
  ]);
  const types = new Set(catalogs.flatMap((catalog) => Object.keys(catalog)));
  for (const type of [reservationEvents, abandonedEvents].flatMap((own) => Object.keys(own)))
    types.delete(type);
  expect([...types].sort()).toEqual([...DECIDED_TYPES].sort());
});
