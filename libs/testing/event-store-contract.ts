import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventStore, ExpectedRevision } from '#kernel/event-store';
import { appendContract } from './append-contract.js';
import { newCategory, newEvent, tools } from './event-store-tools.js';
import { logContract } from './log-contract.js';
import { subscriptionContract } from './subscription-contract.js';

export type StoreUnderTest = Readonly<{ store: EventStore; stop(): Promise<void> }>;

/** What an adapter promises beyond the port. */
export type StoreTraits = Readonly<{
  /** Positions count from 0 and leave nothing out. */
  gapless?: boolean;
}>;

/** What any adapter of `EventStore` must do. Other tests' events may be in the store, and more may come. */
export const eventStoreContract = (
  name: string,
  open: () => Promise<StoreUnderTest>,
  traits: StoreTraits = {},
) =>
  describe(`${name}, an event store,`, () => {
    let test: StoreUnderTest;
    let store: EventStore;
    beforeAll(async () => {
      test = await open();
      ({ store } = test);
    });
    afterAll(() => test.stop());
    const { ids, given, everything } = tools(() => store);

    appendContract(() => store);
    logContract(() => store, traits);
    subscriptionContract(() => store);

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
        const events = await everything({ from: before, limit: 4, filter: { categories: [category] } });
        expect(events.map(({ stream, id }) => `${stream}/${id}`)).toEqual(log);
      });
      await fc.assert(property, { numRuns: 60 });
    });
  });
