import { afterEach, expect, it } from '@jest/globals';
import { projection } from '#kernel/projection';
import { contextOf } from '#testing/context';
import { Count, counter, totals, type Counted } from '#testing/counter';
import { InMemoryApp } from '#testing/in-memory-app';
import { Commands } from './commands.js';
import { EventSourcingModule } from './module.js';
import { Projections } from './projections.js';
import { Views } from './views.js';

let app: InMemoryApp;
afterEach(() => app.stop());

it('a rebuild cures a view whose fold was wrong, loses nothing that comes meanwhile, and answers throughout', async () => {
  let isWrong = true;
  const view = projection<{ total: number }, Counted, 'all'>({
    ...totals,
    name: 'mended',
    on: {
      Counted: (before, event, key) => {
        if (isWrong && event.data.by === 13) throw new Error('a bug');
        return totals.on.Counted(before, event, key);
      },
    },
  });
  const parts = { aggregates: [counter], projections: [view] };
  app = await InMemoryApp.start({ features: [EventSourcingModule.forFeature(parts)] });
  const count = (counterId: string, by: number) =>
    app.get(Commands).execute(new Count({ counterId, by }), contextOf({}, `${counterId}-${by}`));
  const total = async (counterId: string) =>
    (await app.get(Views).for({ tenantId: 'ten_acme' }).get(view, counterId))?.total;

  await count('a', 13);
  await count('b', 1);
  await app.settled();
  await expect(total('a')).rejects.toMatchObject({ code: 'view-broken' });

  isWrong = false;
  const rebuilt = app.get(Projections).rebuild(['mended']);
  for (let by = 1; by <= 10; by += 1) {
    await count('c', by);
    expect(await total('b')).toBe(1);
  }
  await rebuilt;
  await app.settled();
  expect([await total('a'), await total('b'), await total('c')]).toEqual([13, 1, 55]);
});

it('a view that does not exist is not rebuilt', async () => {
  app = await InMemoryApp.start({ features: [] });
  await expect(app.get(Projections).rebuild(['nothing'])).rejects.toMatchObject({ code: 'not-found' });
});
