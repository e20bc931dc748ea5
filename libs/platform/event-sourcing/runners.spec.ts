import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { ExpectedRevision, Filter, Position } from '#kernel/event-store';
import type { NewEvent } from '#kernel/messages';
import { projection } from '#kernel/projection';
import { policy } from '#kernel/saga';
import { Clock } from '#platform/clock/clock';
import { EmbeddedReadStore } from '#platform/read-store/embedded/embedded-read-store';
import { ThreadWriters } from '#platform/read-store/embedded/writers';
import { ReadStore } from '#platform/read-store/read-store';
import { contextOf } from '#testing/context';
import { newFolder } from '#testing/folder';
import { Count, counter, totals, type Counted } from '#testing/counter';
import { InMemoryApp } from '#testing/in-memory-app';
import { InMemoryEventStore } from '#testing/in-memory-event-store';
import { InMemoryReadStore } from '#testing/in-memory-read-store';
import { SteppedClock } from '#testing/stepped-clock';
import { Commands } from './commands.js';
import { EventSourcingModule } from './module.js';
import { Sagas } from './sagas.js';
import { Subscriptions } from './subscriptions.js';
import { Views } from './views.js';

let isCured: boolean;
const failOn13 = ({ data }: Counted) => {
  if (data.by === 13 && !isCured) throw new Error('a bug');
};

const brittle = projection<{ total: number }, Counted, 'all'>({
  ...totals,
  name: 'brittle',
  on: {
    Counted: (before, event, key) => {
      failOn13(event);
      return totals.on.Counted(before, event, key);
    },
  },
});

const mirror = policy<Counted, Count>({
  name: 'spec.mirror',
  startFrom: 'origin',
  whenever: {
    Counted: (event) => {
      failOn13(event);
      const { counterId, by } = event.data;
      const copy = new Count({ counterId: `mirror-${counterId}`, by });
      return counterId.startsWith('mirror') ? [] : [copy, copy];
    },
  },
});

let app: InMemoryApp;
const start = async (store = new InMemoryEventStore()) => {
  isCured = false;
  const parts = { aggregates: [counter], projections: [totals, brittle], sagas: [mirror] };
  app = await InMemoryApp.start({ features: [EventSourcingModule.forFeature(parts)], store });
};
afterEach(() => app.stop());

const count = async (inboxId: string, counterId: string, by: number) => {
  await app.get(Commands).execute(new Count({ counterId, by }), contextOf({ inboxId }, `${counterId}-${by}`));
  await app.settled();
};
const total = async (counterId: string, view = totals) =>
  (await app.get(Views).for({ tenantId: 'ten_acme' }).get(view, counterId))?.total;

it('a fold that throws breaks its document, and nothing else', async () => {
  await start();
  await count('inb_a', 'a', 13);
  await count('inb_a', 'b', 1);
  await expect(total('a', brittle)).rejects.toMatchObject({ code: 'view-broken', kind: 'unavailable' });
  expect([await total('b', brittle), await total('a'), await total('inb_a')]).toEqual([1, 13, 14]);

  const views = app.get(Views).for({ tenantId: 'ten_acme' });
  expect((await views.list(brittle, 'all', {})).results).toEqual([{ total: 1 }]);
  await expect(views.all(brittle, 'all')).rejects.toMatchObject({ code: 'view-broken' });
});

it('a saga that throws parks its key, and nothing else; the operator retries it, in order', async () => {
  await start();
  await count('inb_a', 'a', 13);
  await count('inb_a', 'behind', 1);
  await count('inb_b', 'b', 1);
  app = await app.restarted();
  expect(app.get(Sagas).parked(mirror.name)).toMatchObject([{ key: 'inb_a', reason: 'Error' }]);
  expect([await total('mirror-behind'), await total('mirror-b')]).toEqual([undefined, 2]);

  await expect(app.get(Sagas).retry(mirror.name, 'inb_a')).rejects.toThrow('a bug');
  isCured = true;
  await app.get(Sagas).retry(mirror.name, 'inb_a');
  await app.settled();
  expect([await total('mirror-a'), await total('mirror-behind')]).toEqual([26, 2]);
  expect(app.get(Sagas).parked(mirror.name)).toEqual([]);
});

it('what a stop leaves undone is not overtaken by what follows it under its key', async () => {
  await start();
  const command = (counterId: string, by: number) =>
    app.get(Commands).execute(new Count({ counterId, by }), contextOf({}, counterId));
  await command('a', 13);
  await command('behind', 1);
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  await app.stop();
  expect(app.store.log.map(({ stream }) => stream)).not.toContain('counter-mirror-behind');
});

it('a view is well again that only missed the answer to its last write, also where nothing follows', async () => {
  class LosesAnAnswer extends InMemoryReadStore {
    private isLost = false;

    override async write(...order: Parameters<InMemoryReadStore['write']>) {
      await super.write(...order);
      if (this.isLost || order[1].size === 0) return;
      this.isLost = true;
      throw new Error('The thread that writes views ended');
    }
  }
  const feature = EventSourcingModule.forFeature({ aggregates: [counter], projections: [totals] });
  app = await InMemoryApp.start({
    features: [feature],
    ports: [{ provide: ReadStore, useClass: LosesAnAnswer }],
  });
  await count('inb_acme', 'a', 5);
  expect([await total('a'), ...app.get(Subscriptions).failing]).toEqual([5]);
});

it('an event that is delivered twice is folded once, and has its effects once', async () => {
  class DeliversTwice extends InMemoryEventStore {
    override async *subscribe(after: Position, stopping: AbortSignal, filter?: Filter) {
      for await (const { events, upTo } of super.subscribe(after, stopping, filter))
        yield { events: [...events, ...events], upTo };
    }
  }
  await start(new DeliversTwice());
  await count('inb_a', 'a', 5);
  expect([await total('a'), await total('mirror-a')]).toEqual([5, 10]);
});

it('an effect is there once, though the program died before it noted its place', async () => {
  class DiesBeforeNoting extends InMemoryEventStore {
    override async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]) {
      if (stream.startsWith('checkpoint-') && expected !== 'no-stream') throw new Error('killed');
      return super.append(stream, expected, events);
    }
  }
  await start(new DiesBeforeNoting());
  await count('inb_a', 'a', 5);
  app = await app.restarted();
  expect(await total('mirror-a')).toBe(10);
});

/** Reads a view as soon as anything of the application may begin. */
@Injectable()
class EarlyReader implements OnApplicationBootstrap {
  found: unknown;

  constructor(private readonly views: Views) {}

  async onApplicationBootstrap() {
    this.found = await this.views.for({ tenantId: 'ten_acme' }).get(totals, 'early');
  }
}

it('a view can be read by whatever begins with the application, also where it takes its time to open', async () => {
  const documents = new EmbeddedReadStore(newFolder(), Date.now, new ThreadWriters());
  const feature = EventSourcingModule.forFeature({ aggregates: [counter], projections: [totals] });
  // As one of the ports it begins before every feature.
  const ports = [
    { provide: ReadStore, useValue: documents },
    { provide: EarlyReader, useClass: EarlyReader },
  ];
  app = await InMemoryApp.start({ features: [feature], ports });
  expect(app.get(EarlyReader).found).toBeNull();
  await count('inb_acme', 'early', 1);
  expect(await total('early')).toBe(1);
  await app.stop();
  await documents.close();
});

@Module({ providers: [EarlyReader] })
class Beginning {}

it('what a feature begins with finds all that the log told before', async () => {
  const feature = EventSourcingModule.forFeature({ aggregates: [counter], projections: [totals] });
  app = await InMemoryApp.start({ features: [feature, Beginning] });
  await count('inb_acme', 'early', 5);
  app = await app.restarted();
  expect(app.get(EarlyReader).found).toEqual({ total: 5 });
});

it('views that are past the end of the log, for an older one was put back, are built anew', async () => {
  const documents = new EmbeddedReadStore(newFolder());
  const feature = EventSourcingModule.forFeature({ aggregates: [counter], projections: [totals] });
  const ports = [{ provide: ReadStore, useFactory: () => documents }];
  app = await InMemoryApp.start({ features: [feature], ports });
  for (const by of [1, 2, 3]) await count('inb_acme', 'a', by);
  await app.stop();
  app = await InMemoryApp.start({ features: [feature], ports });
  expect(await total('a')).toBeUndefined();
  await count('inb_acme', 'a', 5);
  expect(await total('a')).toBe(5);
  await app.stop();
  await documents.close();
});

it('begins at once where nothing happened since', async () => {
  const documents = new EmbeddedReadStore(newFolder());
  const feature = EventSourcingModule.forFeature({ aggregates: [counter], projections: [totals] });
  const ports = [
    { provide: ReadStore, useFactory: () => documents },
    // Nobody's patience ends by it.
    { provide: Clock, useClass: SteppedClock },
  ];
  app = await InMemoryApp.start({ features: [feature], ports });
  await count('inb_acme', 'a', 5);
  app = await app.restarted();
  expect(await total('a')).toBe(5);
  await app.stop();
  await documents.close();
});
