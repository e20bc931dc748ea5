import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  APPEND_BYTES,
  EVENT_BYTES,
  START,
  type Committed,
  type EventStore,
  type ExpectedRevision,
  type Filter,
  type LogRead,
  type Position,
} from '#kernel/event-store';
import type { NewEvent } from '#kernel/messages';
import { METADATA } from './specify.js';

export type StoreUnderTest = Readonly<{ store: EventStore; stop(): Promise<void> }>;

/** What an adapter promises beyond the port. */
export type StoreTraits = Readonly<{
  /** Positions count from 0 and leave nothing out. */
  gapless?: boolean;
}>;

export const newEvent = (type = 'Counted', data: object = {}, id: string = randomUUID()): NewEvent => ({
  type,
  id,
  data,
  metadata: METADATA,
});

/** A category that nobody else writes to, so that a suite can run on a store that is not empty. */
export const newCategory = () => `spec${randomUUID().replaceAll('-', '')}`;

const conflict = { code: 'concurrent-change' };

/** What any adapter of `EventStore` must do. Other tests' events may be in the store, and more may come. */
export const eventStoreContract = (
  name: string,
  open: () => Promise<StoreUnderTest>,
  { gapless = false }: StoreTraits = {},
) =>
  describe(`${name}, an event store,`, () => {
    let test: StoreUnderTest;
    let store: EventStore;
    beforeAll(async () => {
      test = await open();
      ({ store } = test);
    });
    afterAll(() => test.stop());

    const ids = async (stream: string) => (await store.read(stream)).map(({ id }) => id);

    /** A stream of its own with some events; their ids. */
    const given = async (count: number, category = newCategory()) => {
      const stream = `${category}-1`;
      const events = Array.from({ length: count }, (_, index) => newEvent('Counted', { index }));
      if (count > 0) await store.append(stream, 'no-stream', events);
      return { stream, category, ids: events.map(({ id }) => id) };
    };

    const everything = async (options: LogRead) => {
      const events: Committed[] = [];
      for (let from = options.from; ;) {
        const batch = await store.readAll({ ...options, ...(from !== undefined && { from }) });
        if (batch.events.length === 0) return { events, upTo: batch.upTo };
        events.push(...batch.events);
        from = batch.upTo;
      }
    };

    describe('appending', () => {
      it('keeps what it was given, and numbers it from 0', async () => {
        const stream = `${newCategory()}-a-b`;
        const data = {
          text: 'Grüße \u0000 \ud83d\ude00 "\\',
          list: [1, null, { deep: true }],
          none: undefined,
        };
        const events = [newEvent('First', data), newEvent('Second')];
        await store.append(stream, 'no-stream', events);
        await store.append(stream, 1n, [newEvent('Third')]);
        const read = await store.read(stream);
        expect(read.map(({ type, revision }) => [type, revision])).toEqual([
          ['First', 0n],
          ['Second', 1n],
          ['Third', 2n],
        ]);
        const [first] = events;
        expect(read[0]).toEqual({ ...first, data: { ...data, none: undefined }, stream, revision: 0n });
        expect(read[0]).not.toHaveProperty('position');
      });

      it('refuses another revision than the exact one, and writes nothing', async () => {
        const { stream, ids: before } = await given(2);
        for (const wrong of ['no-stream', 0n, 2n, 7n] as const)
          await expect(store.append(stream, wrong, [newEvent()])).rejects.toMatchObject(conflict);
        await expect(store.append(`${stream}x`, 0n, [newEvent()])).rejects.toMatchObject(conflict);
        expect(await ids(stream)).toEqual(before);
        expect(await ids(`${stream}x`)).toEqual([]);
      });

      it('answers a retry as done: the same first ids at the same revision, whatever came since', async () => {
        const { stream } = await given(1);
        const events = [newEvent(), newEvent(), newEvent()];
        await store.append(stream, 0n, events);
        const before = await ids(stream);
        await store.append(stream, 0n, events);
        await store.append(stream, 0n, events.slice(0, 2));
        await store.append(stream, 0n, [newEvent('Other', { other: 'data' }, events[0]?.id)]);
        await store.append(stream, 3n, [newEvent()]);
        await store.append(stream, 0n, events);
        expect((await ids(stream)).slice(0, 4)).toEqual(before);
        expect(await ids(stream)).toHaveLength(5);
      });

      it('takes a retry that is partly new, reordered, or of another place for a conflict', async () => {
        const { stream } = await given(1);
        const [a, b, c] = [newEvent(), newEvent(), newEvent()];
        await store.append(stream, 0n, [a, b]);
        for (const others of [[a, b, c], [a, c], [b, a], [b]])
          await expect(store.append(stream, 0n, others)).rejects.toMatchObject(conflict);
        await expect(store.append(stream, 'no-stream', [a])).rejects.toMatchObject(conflict);
        expect(await ids(stream)).toHaveLength(3);
      });

      it('writes an id again at the head, twice in one append, and in another stream', async () => {
        const { stream } = await given(1);
        const event = newEvent();
        await store.append(stream, 0n, [event]);
        await store.append(stream, 1n, [event]);
        await store.append(stream, 2n, [event, event]);
        await store.append(`${stream}x`, 'no-stream', [event]);
        expect(await ids(stream)).toHaveLength(5);
        expect(await ids(`${stream}x`)).toEqual([event.id]);
      });

      it('bounds an event and an append, in bytes, and refuses it whole', async () => {
        const stream = `${newCategory()}-1`;
        const sized = (bytes: number) => newEvent('Sized', { text: 'ü'.repeat(bytes / 2) });
        const overhead = Buffer.byteLength(JSON.stringify(METADATA) + JSON.stringify({ text: '' }));
        const most = sized(EVENT_BYTES - overhead - (overhead % 2));
        const tooLarge = { code: 'append-too-large', kind: 'invalid' };
        const refused = store.append(stream, 'no-stream', [newEvent(), sized(EVENT_BYTES)]);
        await expect(refused).rejects.toMatchObject(tooLarge);
        const many = Array.from({ length: 4 }, () => sized(APPEND_BYTES / 4));
        await expect(store.append(stream, 'no-stream', many)).rejects.toMatchObject(tooLarge);
        expect(await ids(stream)).toEqual([]);
        await store.append(stream, 'no-stream', [most, most]);
        expect((await store.read(stream)).map(({ data }) => data)).toEqual([most.data, most.data]);
      });

      it('refuses what is no append', async () => {
        const stream = `${newCategory()}-1`;
        for (const events of [[], [newEvent('')], [newEvent(), newEvent('Counted', {}, '')]])
          await expect(store.append(stream, 'no-stream', events)).rejects.toMatchObject({ kind: 'invalid' });
        await expect(store.append('', 'no-stream', [newEvent()])).rejects.toMatchObject({ kind: 'invalid' });
        expect(await ids(stream)).toEqual([]);
      });

      it('lets one of many win that append at the same revision', async () => {
        const { stream } = await given(1);
        const appends = Array.from({ length: 20 }, () => store.append(stream, 0n, [newEvent(), newEvent()]));
        const outcomes = await Promise.allSettled(appends);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await ids(stream)).toHaveLength(3);
      });
    });

    it('reads a stream both ways, from any revision', async () => {
      const { stream } = await given(5);
      const revisions = async (options: Parameters<EventStore['read']>[1]) =>
        (await store.read(stream, options)).map(({ revision }) => Number(revision));
      expect(await revisions({ from: 2n })).toEqual([2, 3, 4]);
      expect(await revisions({ from: 1n, limit: 2 })).toEqual([1, 2]);
      expect(await revisions({ from: 5n })).toEqual([]);
      expect(await revisions({ direction: 'backwards' })).toEqual([4, 3, 2, 1, 0]);
      expect(await revisions({ direction: 'backwards', from: 3n, limit: 2 })).toEqual([3, 2]);
      expect(await revisions({ direction: 'backwards', from: 99n, limit: 1 })).toEqual([4]);
      expect(await store.read(`${newCategory()}-none`)).toEqual([]);
    });

    describe('the whole log', () => {
      const [red, blue] = [newCategory(), newCategory()];
      const categories = [red, blue];
      let before: Position;
      beforeAll(async () => {
        before = await store.head();
        for (let index = 0; index < 12; index += 1) {
          const stream = `${index % 3 === 0 ? red : blue}-${index}`;
          await store.append(stream, 'no-stream', [newEvent(index % 2 ? 'Odd' : 'Even', { index })]);
        }
      });
      const indexes = async (filter: Filter, options: LogRead = {}) => {
        const { events } = await everything({ from: before, limit: 3, ...options, filter });
        return events.map(({ data }) => (data as { index: number }).index);
      };

      it('is read in the order of the appends, in parts, and filtered by type, category, or both', async () => {
        expect(await indexes({ categories })).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        expect(await indexes({ categories: [red] })).toEqual([0, 3, 6, 9]);
        expect(await indexes({ categories, types: ['Odd'] })).toEqual([1, 3, 5, 7, 9, 11]);
        expect(await indexes({ categories: [red], types: ['Odd', 'Other'] })).toEqual([3, 9]);
        expect(await indexes({ categories, types: [] })).toEqual([]);
        expect(await indexes({ categories: ['none'] })).toEqual([]);
      });

      it('is read backwards, from its end or from a place in it', async () => {
        const filter = { categories };
        const last = await store.readAll({ direction: 'backwards', limit: 2, filter });
        expect(last.events.map(({ data }) => data)).toEqual([{ index: 11 }, { index: 10 }]);
        const rest = await everything({ direction: 'backwards', limit: 3, from: last.upTo, filter });
        expect(rest.events.map(({ data }) => data)).toEqual(
          [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((index) => ({ index })),
        );
      });

      it('gives every event its place, and says how far it was read', async () => {
        const { events } = await everything({ from: before, filter: { categories } });
        const positions = events.map(({ position }) => position);
        expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
        expect(new Set(positions).size).toBe(12);
        for (const { position } of events) {
          const next = await store.readAll({ from: position, limit: 1, filter: { categories } });
          expect(next.events[0]?.position).toBe(positions[positions.indexOf(position) + 1]);
        }
        const none = await store.readAll({ from: before, filter: { types: ['NeverWritten'] } });
        expect(none.events).toEqual([]);
        expect(none.upTo).toBeGreaterThanOrEqual(positions.at(-1) ?? START);
        if (gapless) expect(positions).toEqual(positions.map((_, index) => before + BigInt(index + 1)));
      });
    });

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
            expect(own.map(({ data }) => data)).toEqual(
              Array.from({ length: 80 }, (_, index) => ({ index })),
            );
          }
          const { events: read } = await everything({ from: before, filter });
          expect((await followers[0])?.map(({ position }) => position)).toEqual(
            read.map(({ position }) => position),
          );
        },
        LIMIT,
      );

      it('begins after the place it is given', async () => {
        const { category } = await given(3);
        const filter = { categories: [category] };
        const [, second] = (await everything({ filter })).events;
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

    it('agrees with its model, whatever is appended in whatever order', async () => {
      const expected = fc.oneof(fc.constant('no-stream' as const), fc.bigInt(0n, 4n));
      const append = fc.record({
        stream: fc.nat(1),
        expected: fc.oneof(
          { weight: 1, arbitrary: expected },
          { weight: 3, arbitrary: fc.constant('head' as const) },
        ),
        ids: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
      });
      const property = fc.asyncProperty(fc.array(append, { maxLength: 20 }), async (appends) => {
        const category = newCategory();
        const model = new Map<string, string[]>();
        const log: string[] = [];
        const before = await store.head();
        const outcomes = appends.map(({ stream: number, expected, ids: numbers }) => {
          const stream = `${category}-${number}`;
          const held = model.get(stream) ?? [];
          const ids = numbers.map((id) => `00000000-0000-4000-8000-00000000000${id}`);
          const head = held.length ? BigInt(held.length - 1) : 'no-stream';
          const at: ExpectedRevision = expected === 'head' ? head : expected;
          const next = at === 'no-stream' ? 0 : Number(at) + 1;
          const isDone = at !== head && ids.every((id, index) => held[next + index] === id);
          if (at === head) {
            model.set(stream, [...held, ...ids]);
            log.push(...ids.map((id) => `${stream}/${id}`));
          }
          const events = ids.map((id) => newEvent('Counted', {}, id));
          const outcome = at === head || isDone ? 'fulfilled' : 'rejected';
          return [store.append(stream, at, events), outcome] as const;
        });
        const settled = await Promise.allSettled(outcomes.map(([append]) => append));
        expect(settled.map(({ status }) => status)).toEqual(outcomes.map(([, outcome]) => outcome));
        for (const [stream, held] of model) expect(await ids(stream)).toEqual(held);
        const { events } = await everything({ from: before, limit: 4, filter: { categories: [category] } });
        expect(events.map(({ stream, id }) => `${stream}/${id}`)).toEqual(log);
      });
      await fc.assert(property, { numRuns: 60 });
    });
  });
