import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Scope } from '#kernel/context';
import { reasonOf } from '#kernel/errors';
import { masked, type CatalogEntry, type EventCatalog } from '#kernel/event-catalog';
import { START, type Committed, type Position } from '#kernel/event-store';
import type { Event } from '#kernel/messages';
import type { AnyProjection } from '#kernel/projection';
import type { RunnableProjection } from '#platform/event-sourcing/features';
import { foldBatch } from '#platform/event-sourcing/fold-batch';
import { InMemoryReadStore } from './in-memory-read-store.js';
import { METADATA } from './recorded.js';

/** An event and the stream that it was written to; whose it is, if not the specs' usual tenant's and inbox's. */
export type Happened = Readonly<{ stream: string; event: Event; scope?: Scope }>;

type Laws = Readonly<{
  /** What can happen, in the order of the log: as varied as it gets. */
  histories: fc.Arbitrary<readonly Happened[]>;
  /** The catalogs of all these events. */
  catalogs: readonly EventCatalog<never>[];
  /** Whether, at the end of such a history, the data of one of its events are erased. */
  isForgotten?: (event: Event, history: readonly Event[]) => boolean;
  runs?: number;
}>;

type Documents = ReadonlyMap<string, object | null>;

/**
 * Any cut of the log into batches, any replay and two runners at once equal one clean run; a history with erased
 * events folds; and a rebuild after the erasure equals the view that had seen the data before.
 */
export const obeysProjectionLaws = async (
  view: AnyProjection,
  { histories, catalogs, isForgotten, runs = 60 }: Laws,
): Promise<void> => {
  const mask = masking(catalogs);
  const law = fc.asyncProperty(histories, fc.infiniteStream(fc.nat(6)), async (history, numbers) => {
    const happened = logOf(history).filter(({ type }) => Object.hasOwn(view.on, type));
    const log = view.personal ? happened : happened.map(unrevealed(mask));
    const next = () => Number(numbers.next().value);
    const clean = await folded(view, [log]);

    expect(await folded(view, cutUp(log, next))).toEqual(clean);
    expect(await folded(view, replayed(log, next))).toEqual(clean);
    const store = new InMemoryReadStore();
    await Promise.all([folded(view, cutUp(log, next), store), folded(view, replayed(log, next), store)]);
    expect(await documentsIn(store, view, log)).toEqual(clean);

    const some = log.map((event) => (next() % 2 === 0 ? mask(event) : event));
    if (view.personal) await folded(view, [some]);
    const all = log.map(({ type, data }) => ({ type, data }));
    const afterwards = log.map((event) => (isForgotten?.(event, all) ? mask(event) : event));
    if (isForgotten && view.personal) expect(await folded(view, [afterwards])).toEqual(clean);
  });
  await fc.assert(law, { numRuns: runs });
};

/** As a store would answer it. */
export const logOf = (history: readonly Happened[]): readonly Committed[] => {
  const heads = new Map<string, bigint>();
  return history.map(({ stream, event, scope }, index) => {
    const revision = (heads.get(stream) ?? -1n) + 1n;
    heads.set(stream, revision);
    const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const metadata = { ...METADATA, ...scope };
    return { ...event, id, stream, revision, metadata, position: BigInt(index) as Position };
  });
};

const masking = (catalogs: readonly EventCatalog<never>[]) => {
  const entries = new Map(catalogs.flatMap((catalog) => Object.entries<CatalogEntry<object>>(catalog)));
  return (event: Committed): Committed => {
    const entry = entries.get(event.type);
    if (!entry) throw new Error(`No catalog has ${event.type}`);
    return entry.personal ? { ...event, data: masked(entry, event.data), erased: true } : event;
  };
};

/** What a view sees that does not ask for personal fields; whether they are erased it cannot tell. */
const unrevealed =
  (mask: (event: Committed) => Committed) =>
  (event: Committed): Committed => {
    const { erased: _, ...seen } = mask(event);
    return seen;
  };

const folded = async (
  view: AnyProjection,
  batches: readonly (readonly Committed[])[],
  store = new InMemoryReadStore(),
): Promise<Documents> => {
  for (const events of batches) {
    const batch = { events, upTo: events.at(-1)?.position ?? START };
    const fold = () => foldBatch(store, view.name, view as unknown as RunnableProjection, batch);
    // Of two runners one may be told that the other was first; it folds again, as its loop does.
    const retried = (error: unknown): Promise<unknown> =>
      reasonOf(error) === 'concurrent-change' ? fold().catch(retried) : Promise.reject(error);
    await fold().catch(retried);
  }
  return documentsIn(store, view, batches.flat());
};

const documentsIn = async (
  store: InMemoryReadStore,
  view: AnyProjection,
  log: readonly Committed[],
): Promise<Documents> => {
  const keys = log.flatMap((event) => [(view as unknown as RunnableProjection).key(event)].flat());
  const stored = await store.loadAll(view.name, keys);
  for (const [key, { broken }] of stored) if (broken) throw new Error(`${key} of ${view.name} is broken`);
  return new Map([...stored].map(([key, { document }]) => [key, document]));
};

const cutUp = (log: readonly Committed[], next: () => number): (readonly Committed[])[] => {
  const batches = [];
  for (let at = 0; at < log.length;) batches.push(log.slice(at, (at += 1 + next())));
  return batches;
};

/** After some batches the runner dies and begins again, a little or far before. */
const replayed = (log: readonly Committed[], next: () => number): (readonly Committed[])[] =>
  cutUp(log, next).flatMap((batch, index, all) => {
    const from = Math.max(0, index - next());
    return next() === 0 ? [batch, ...all.slice(from, index + 1)] : [batch];
  });
