import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { projection } from '#kernel/projection';
import { EmbeddedReadStore } from '#platform/read-store/embedded/embedded-read-store';
import { ReadStore } from '#platform/read-store/read-store';
import { contextOf } from '#testing/context';
import { Count, counter, totals, type Counted } from '#testing/counter';
import { newFolder } from '#testing/folder';
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

/** What happens as soon as a rebuilt view is about to take its place. */
class Swapping extends EmbeddedReadStore {
  meanwhile = async () => {};

  override async swap(view: string, twin: string) {
    await this.meanwhile();
    await super.swap(view, twin);
  }
}

it('of rebuilds that are asked for at once none loses what another let pass', async () => {
  const documents = new Swapping(newFolder());
  const feature = EventSourcingModule.forFeature({ aggregates: [counter], projections: [totals] });
  const ports = [{ provide: ReadStore, useFactory: () => documents }];
  app = await InMemoryApp.start({ features: [feature], ports });
  let [swaps, counted] = [0, 0];
  documents.meanwhile = async () => {
    swaps += 1;
    if (swaps === 1) return;
    const counterId = `c-${(counted += 1)}`;
    await app.get(Commands).execute(new Count({ counterId, by: 1 }), contextOf({}, counterId));
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
  };
  await Promise.all([1, 2].map(() => app.get(Projections).rebuild(['totals'])));
  await app.settled();
  const { tenantId, inboxId = '' } = contextOf({});
  expect(await app.get(Views).for({ tenantId }).get(totals, inboxId)).toEqual({ total: 1 });
  await app.stop();
  await documents.close();
});

it('leaves nothing on the disk of a rebuild that failed', async () => {
  let isAway = false;
  const view = projection<{ total: number }, Counted, 'all'>({
    ...totals,
    name: 'mended',
    key: (event) => {
      if (isAway) throw new Error('a bug');
      return event.data.counterId;
    },
  });
  const folder = newFolder();
  const documents = new EmbeddedReadStore(folder);
  const parts = { aggregates: [counter], projections: [view] };
  const ports = [{ provide: ReadStore, useFactory: () => documents }];
  app = await InMemoryApp.start({ features: [EventSourcingModule.forFeature(parts)], ports });
  await app.get(Commands).execute(new Count({ counterId: 'c', by: 1 }), contextOf({}, 'c'));
  await app.settled();
  const files = () => readdirSync(folder).filter((name) => name.includes('~'));
  isAway = true;
  await expect(app.get(Projections).rebuild(['mended'])).rejects.toThrow('a bug');
  expect(files()).toEqual([]);
  isAway = false;
  await app.get(Projections).rebuild(['mended']);
  expect(files()).not.toEqual([]);
  await app.stop();
  await documents.close();
});

it('a view that does not exist is not rebuilt', async () => {
  app = await InMemoryApp.start({ features: [] });
  await expect(app.get(Projections).rebuild(['nothing'])).rejects.toMatchObject({ code: 'not-found' });
});
