import { beforeAll, describe, expect, it } from '@jest/globals';
import { START, type Committed, type EventStore, type Filter, type Position } from '#kernel/event-store';
import { newCategory, newEvent, tools } from './event-store-tools.js';

/** Following the log. */
export const subscriptionContract = (open: () => EventStore) => {
  let store: EventStore;
  beforeAll(() => {
    store = open();
  });
  const { ids, given, everything } = tools(open);

  describe('a subscription', () => {
    const LIMIT = 60_000;

    /** Reads until `enough`, which is asked after each batch. */
    const follow = async (
      after: Position,
      filter: Filter | undefined,
      enough: (events: readonly Committed[], upTo: Position) => boolean,
    ) => {
      const stop = new AbortController();
      const events: Committed[] = [];
      for await (const batch of store.subscribe(after, stop.signal, filter)) {
        events.push(...batch.events);
        if (enough(events, batch.upTo)) stop.abort();
      }
      return events;
    };

    it(
      'catches up and goes on with what is written meanwhile: everything once and in order',
      async () => {
        const category = newCategory();
        const filter = { categories: [category] };
        const before = await store.head();
        const write = async (from: number) => {
          for (let index = from; index < from + 40; index += 1)
            await store.append(`${category}-${index}`, 'no-stream', [newEvent('Counted', { index })]);
        };
        await write(0);
        const count = (events: readonly Committed[]) => events.length >= 80;
        const followers = [follow(before, filter, count), follow(before, undefined, count)];
        await write(40);
        for (const events of await Promise.all(followers)) {
          const own = events.filter(({ stream }) => stream.startsWith(category));
          expect(own.map(({ data }) => data)).toEqual(Array.from({ length: 80 }, (_, index) => ({ index })));
        }
        const read = await everything({ from: before, filter });
        expect((await followers[0])?.map(({ position }) => position)).toEqual(
          read.map(({ position }) => position),
        );
      },
      LIMIT,
    );

    it('begins after the place it is given', async () => {
      const { category } = await given(3);
      const filter = { categories: [category] };
      const [, second] = await everything({ filter });
      const rest = await follow(second?.position ?? START, filter, (events) => events.length > 0);
      expect(rest.map(({ revision }) => revision)).toEqual([2n]);
    });

    it('that nothing concerns still tells how far the log has come', async () => {
      const before = await store.head();
      let reached = before;
      const stop = new AbortController();
      const { stream } = await given(1);
      const following = (async () => {
        const none = { types: ['NeverWritten'] };
        for await (const { events, upTo } of store.subscribe(before, stop.signal, none)) {
          expect(events).toEqual([]);
          expect(upTo).toBeGreaterThan(reached);
          reached = upTo;
          if (reached >= (await store.head()) && (await ids(stream)).length === 3) stop.abort();
        }
      })();
      await store.append(stream, 0n, [newEvent()]);
      await store.append(stream, 1n, [newEvent()]);
      await following;
      expect(reached).toBe(await store.head());
    });

    it('that is slow holds up nobody, and finds everything when it comes back', async () => {
      const { category, stream } = await given(1);
      const filter = { categories: [category] };
      const stop = new AbortController();
      const slow = store.subscribe(START, stop.signal, filter)[Symbol.asyncIterator]();
      const revisions: bigint[] = [];
      const take = async () => {
        const { value } = await slow.next();
        revisions.push(...value.events.map(({ revision }: Committed) => revision));
      };
      while (revisions.length === 0) await take();
      for (let revision = 0n; revision < 30n; revision += 1n)
        await store.append(stream, revision, [newEvent()]);
      await follow(START, filter, (events) => events.length === 31);
      while (revisions.length < 31) await take();
      stop.abort();
      expect((await slow.next()).done).toBe(true);
      expect(revisions).toEqual(Array.from({ length: 31 }, (_, index) => BigInt(index)));
    });

    it('ends at the signal, also while it waits and before it began', async () => {
      const stop = new AbortController();
      const next = (after: Position) => store.subscribe(after, stop.signal)[Symbol.asyncIterator]().next();
      const waiting = next(await store.head());
      stop.abort();
      expect(await waiting).toEqual({ done: true, value: undefined });
      expect(await follow(START, undefined, () => true)).not.toHaveLength(0);
      expect((await next(START)).done).toBe(true);
    });
  });
};
