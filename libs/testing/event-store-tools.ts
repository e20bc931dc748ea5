import { randomUUID } from 'node:crypto';
import type { Committed, EventStore, LogRead } from '#kernel/event-store';
import type { NewEvent } from '#kernel/messages';
import { METADATA } from './recorded.js';

export const newEvent = (type = 'Counted', data: object = {}, id: string = randomUUID()): NewEvent => ({
  type,
  id,
  data,
  metadata: METADATA,
});

/** A category that nobody else writes to, so that a suite can run on a store that is not empty. */
export const newCategory = () => `spec${randomUUID().replaceAll('-', '')}`;

/** What the parts of a store's contract share; `store` is open once the tests run. */
export const tools = (store: () => EventStore) => ({
  ids: async (stream: string) => (await store().read(stream)).map(({ id }) => id),

  /** A stream of its own with some events; their ids. */
  given: async (count: number) => {
    const category = newCategory();
    const stream = `${category}-1`;
    const events = Array.from({ length: count }, (_, index) => newEvent('Counted', { index }));
    await store().append(stream, 'no-stream', events);
    return { stream, category, ids: events.map(({ id }) => id) };
  },

  everything: async (options: LogRead): Promise<Committed[]> => {
    const events: Committed[] = [];
    for (let from = options.from; ;) {
      const batch = await store().readAll({ ...options, ...(from !== undefined && { from }) });
      if (batch.events.length === 0) return events;
      events.push(...batch.events);
      from = batch.upTo;
    }
  },
});

export type Tools = ReturnType<typeof tools>;
