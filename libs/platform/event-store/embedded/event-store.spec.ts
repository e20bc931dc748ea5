import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { START, type Committed, type Filter, type LogRead } from '#kernel/event-store';
import { DIE, noFaults, PAGES, type Faults } from '#platform/sqlite/faults';
import { eventStoreContract } from '#testing/event-store-contract';
import { newEvent } from '#testing/event-store-tools';
import { held, holdSync, release } from '#testing/faults';
import { newFolder } from '#testing/folder';
import { passes } from '#testing/passes';
import { EmbeddedEventStore } from './event-store.js';

eventStoreContract(
  'the embedded one',
  async () => {
    const store = await EmbeddedEventStore.open(newFolder());
    return { store, stop: () => store.close() };
  },
  { gapless: true },
);

describe('the embedded event store', () => {
  let folder: string;
  let faults: Faults;
  let store: EmbeddedEventStore;
  beforeEach(async () => {
    folder = newFolder();
    faults = noFaults();
    store = await EmbeddedEventStore.open(folder, faults);
  });
  afterEach(async () => {
    release(faults);
    await store.close();
  });

  const reopened = async () => {
    await store.close();
    faults = noFaults();
    store = await EmbeddedEventStore.open(folder, faults);
  };
  const away = { code: 'store-unavailable', kind: 'unavailable' };

  it('shows an event to nobody before it is synced, and goes on with everything else meanwhile', async () => {
    const seen: Committed[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const { events } of store.subscribe(START, stop.signal)) {
        seen.push(...events);
        stop.abort();
      }
    })();
    holdSync(faults);
    let isSettled = false;
    const appended = store.append('counter-1', 'no-stream', [newEvent()]).then(() => (isSettled = true));
    await held(faults);
    for (let turn = 0; turn < 1_000; turn += 1) {
      await setImmediate();
      if (turn % 100 === 0) expect(await store.read('counter-1')).toEqual([]);
    }
    expect(await store.readAll()).toEqual({ events: [], upTo: START });
    expect([isSettled, seen, await store.head()]).toEqual([false, [], START]);
    release(faults);
    await appended;
    await following;
    expect(seen).toHaveLength(1);
    expect(await store.read('counter-1')).toHaveLength(1);
  });

  it('goes on where it stopped, and knows a retry from before', async () => {
    const events = [newEvent('First'), newEvent('Second')];
    await store.append('counter-1', 'no-stream', events);
    await reopened();
    await store.append('counter-1', 'no-stream', events);
    await store.append('counter-1', 1n, [newEvent('Third')]);
    const { events: all } = await store.readAll({ filter: { types: ['Second', 'Third'] } });
    expect(all.map(({ position, revision }) => [position, revision])).toEqual([
      [1n, 1n],
      [2n, 2n],
    ]);
    expect(await store.head()).toBe(2n);
  });

  it('refuses what a full disk cannot take, keeps what it has, and goes on once there is room', async () => {
    const large = () => [newEvent('Large', { text: 'x'.repeat(200_000) })];
    await store.append('counter-1', 'no-stream', [newEvent()]);
    Atomics.store(faults, PAGES, 20);
    await expect(store.append('counter-2', 'no-stream', large())).rejects.toMatchObject({
      ...away,
      message: expect.stringContaining('nothing was done'),
    });
    expect(await store.read('counter-1')).toHaveLength(1);
    Atomics.store(faults, PAGES, 0);
    await store.append('counter-2', 'no-stream', large());
    await store.append('counter-1', 0n, [newEvent()]);
    await reopened();
    const { events } = await store.readAll();
    expect(events.map(({ stream, position }) => [stream, position])).toEqual([
      ['counter-1', 0n],
      ['counter-2', 1n],
      ['counter-1', 2n],
    ]);
  });

  it('whose writer dies tells what is unknown, takes nothing more, and is whole when opened again', async () => {
    await store.append('counter-1', 'no-stream', [newEvent()]);
    holdSync(faults);
    const lost = store.append('counter-1', 0n, [newEvent()]);
    await held(faults);
    Atomics.store(faults, DIE, 1);
    release(faults);
    await expect(lost).rejects.toMatchObject({ ...away, name: 'DomainError' });
    await expect(lost).rejects.toThrow('not known yet');
    await expect(store.append('counter-2', 'no-stream', [newEvent()])).rejects.toThrow('nothing was done');
    expect(await store.read('counter-1')).toHaveLength(1);
    await reopened();
    await store.append('counter-1', 0n, [newEvent()]);
    expect((await store.readAll()).events).toHaveLength(2);
  });

  it('commits what was asked for before it is closed, and refuses what comes after', async () => {
    const asked = Array.from({ length: 50 }, (_, index) =>
      store.append(`counter-${index}`, 'no-stream', [newEvent()]),
    );
    const closed = store.close();
    await expect(store.append('counter-x', 'no-stream', [newEvent()])).rejects.toMatchObject(away);
    await Promise.all([...asked, closed]);
    await expect(store.read('counter-1')).rejects.toMatchObject(away);
    await reopened();
    expect((await store.readAll()).events).toHaveLength(50);
  });

  it('finds the same by its index, from the disk and at its live end, as by looking at every event', async () => {
    const kinds = fc.tuple(fc.constantFrom('red', 'green', 'blue'), fc.constantFrom('A', 'B', 'C', 'D'));
    const runs = fc.sample(fc.tuple(kinds, fc.constantFrom(1, 1, 1, 2, 40, 300)), { numRuns: 160, seed: 7 });
    for (const [index, [[category, type], length]] of runs.entries())
      for (let count = 0; count < length; count += 100)
        await store.append(
          `${category}-${index}.${count}`,
          'no-stream',
          Array.from({ length: Math.min(length, 100) }, () => newEvent(type)),
        );
    const { events: all } = await store.readAll({ limit: 1_000_000 });
    expect(all.map(({ position }) => Number(position))).toEqual(all.map((_, index) => index));

    const places = fc.nat(all.length - 1).map((at) => BigInt(at) as Committed['position']);
    const some = (...names: string[]) => fc.option(fc.subarray(names), { nil: undefined });
    const reading = fc.record({
      filter: fc.record({ types: some('A', 'B', 'C', 'D'), categories: some('red', 'green', 'blue') }),
      from: places,
      direction: fc.constantFrom('forwards' as const, 'backwards' as const),
      limit: fc.constantFrom(1, 7, 400),
    });
    const positions = (events: readonly Committed[]) => events.map(({ position }) => position);
    await fc.assert(
      fc.asyncProperty(reading, async ({ filter, from, direction, limit }) => {
        const match = filter as Filter;
        const found = all.filter(
          (event) =>
            passes(event, match) &&
            (direction === 'forwards' ? event.position > from : event.position < from),
        );
        const wanted = positions(direction === 'forwards' ? found : found.reverse());
        const { events, upTo } = await store.readAll({ from, direction, limit, filter: match } as LogRead);
        expect(positions(events)).toEqual(wanted.slice(0, events.length));
        const next = wanted[events.length];
        if (next === undefined) return;
        expect(events.length).toBeGreaterThan(0);
        expect(direction === 'forwards' ? upTo < next : upTo > next).toBe(true);
      }),
      { numRuns: 100 },
    );

    const filter = { types: ['B'], categories: ['green', 'blue'] };
    const stop = new AbortController();
    const followed: Committed[] = [];
    for await (const batch of store.subscribe(START, stop.signal, filter)) {
      followed.push(...batch.events);
      if (batch.upTo === (await store.head())) stop.abort();
    }
    expect(positions(followed)).toEqual(positions(all.filter((event) => passes(event, filter))));
  });
});
