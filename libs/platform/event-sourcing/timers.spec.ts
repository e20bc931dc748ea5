import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { aggregate } from '#kernel/aggregate';
import { Command, type Event } from '#kernel/messages';
import { process } from '#kernel/saga';
import { contextOf, NOW } from '#testing/context';
import { Count, counter, totals } from '#testing/counter';
import { InMemoryApp } from '#testing/in-memory-app';
import { Commands } from './commands.js';
import { EventSourcingModule } from './module.js';
import { Views } from './views.js';

type EggLaid = Event<'EggLaid', { eggId: string; hatchesAt: string }>;
type EggHatched = Event<'EggHatched', { eggId: string }>;
class LayEgg extends Command('LayEgg')<EggLaid['data']> {}
class HatchEgg extends Command('HatchEgg')<{ eggId: string }> {}

/** An egg hatches when it is time, and is counted then. */
const egg = process<never, LayEgg | HatchEgg, boolean, EggLaid | EggHatched, Count>({
  name: 'spec.egg',
  startFrom: 'origin',
  whenever: {},
  effects: { EggHatched: ({ data }) => new Count({ counterId: data.eggId, by: 1 }) },
  timers: {
    EggLaid: ({ data }) => ({ dueAt: data.hatchesAt, command: new HatchEgg({ eggId: data.eggId }) }),
    EggHatched: () => null,
  },
  aggregate: aggregate<LayEgg | HatchEgg, boolean, EggLaid | EggHatched>({
    category: 'egg',
    id: ({ data }) => data.eggId,
    commands: { LayEgg, HatchEgg },
    events: { EggLaid: { version: 1 }, EggHatched: { version: 1 } },
    initialState: false,
    decide: {
      LayEgg: (data) => ({ type: 'EggLaid', data }),
      HatchEgg: ({ eggId }, isHatched) => (isHatched ? [] : { type: 'EggHatched', data: { eggId } }),
    },
    evolve: { EggLaid: () => false, EggHatched: () => true },
  }),
});

let app: InMemoryApp;
const start = async () => {
  const parts = { aggregates: [counter], projections: [totals], processes: [egg] };
  app = await InMemoryApp.start({ features: [EventSourcingModule.forFeature(parts)] });
};
afterEach(() => app.stop());

const lay = (eggId: string, hatchesAt: string) =>
  app.get(Commands).execute(new LayEgg({ eggId, hatchesAt }), contextOf({}, eggId));
const counted = async (eggId: string) =>
  (await app.get(Views).for({ tenantId: 'ten_acme' }).get(totals, eggId))?.total;
const hatched = async (eggId: string) => {
  while (!(await counted(eggId))) await setImmediate();
};

it('what is due is done, what is not yet is not, and nothing twice, after a restart too', async () => {
  await start();
  await lay('due', '2025-12-31T23:59:59.000Z');
  await lay('later', '2026-01-01T00:00:01.000Z');
  await hatched('due');
  app = await app.restarted();
  expect([await counted('due'), await counted('later')]).toEqual([1, undefined]);
  expect((await app.store.read('egg-due')).map(({ type }) => type)).toEqual(['EggLaid', 'EggHatched']);
  expect((await app.store.read('egg-later')).map(({ type }) => type)).toEqual(['EggLaid']);
});

it('what came due while nobody was there is done at the start', async () => {
  await start();
  await app.given('egg-missed', {
    type: 'EggLaid',
    data: { eggId: 'missed', hatchesAt: NOW.replace('6', '5') },
  });
  app = await app.restarted();
  await hatched('missed');
  expect(await counted('missed')).toBe(1);
});
