import { beforeAll, describe, expect, it } from '@jest/globals';
import { APPEND_BYTES, EVENT_BYTES, type EventStore } from '#kernel/event-store';
import { newCategory, newEvent, tools } from './event-store-tools.js';
import { METADATA } from './recorded.js';

const conflict = { code: 'concurrent-change' };

/** The rules of an append: `docs/adr/0002-append-rules.md`. */
export const appendContract = (open: () => EventStore) => {
  let store: EventStore;
  beforeAll(() => {
    store = open();
  });
  const { ids, given } = tools(open);

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
      expect(await store.append(stream, 0n, events)).toBe('written');
      const before = await ids(stream);
      expect(await store.append(stream, 0n, events)).toBe('done-before');
      expect(await store.append(stream, 0n, events.slice(0, 2))).toBe('done-before');
      const other = newEvent('Other', { other: 'data' }, events[0]?.id);
      expect(await store.append(stream, 0n, [other])).toBe('done-before');
      expect(await store.append(stream, 3n, [newEvent()])).toBe('written');
      expect(await store.append(stream, 0n, events)).toBe('done-before');
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
};
