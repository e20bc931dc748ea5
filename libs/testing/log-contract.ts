import { beforeAll, describe, expect, it } from '@jest/globals';
import { START, type EventStore, type Filter, type LogRead, type Position } from '#kernel/event-store';
import type { StoreTraits } from './event-store-contract.js';
import { newCategory, newEvent, tools } from './event-store-tools.js';

/** Reading the whole log. */
export const logContract = (open: () => EventStore, { gapless = false }: StoreTraits) => {
  let store: EventStore;
  beforeAll(() => {
    store = open();
  });
  const { everything } = tools(open);

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
      const events = await everything({ from: before, limit: 3, ...options, filter });
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
      expect(rest.map(({ data }) => data)).toEqual(
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((index) => ({ index })),
      );
    });

    it('gives every event its place, and says how far it was read', async () => {
      const events = await everything({ from: before, filter: { categories } });
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
};
