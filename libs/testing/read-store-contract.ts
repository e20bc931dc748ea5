import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Scope } from '#kernel/context';
import type { Position } from '#kernel/event-store';
import type { Query } from '#kernel/projection';
import type { PageRequest, ReadStore, Stored } from '#platform/read-store/read-store';
import { InMemoryReadStore } from './in-memory-read-store.js';

type Doc = Readonly<{ at: string; folder: string; read: boolean; size: number; labels: readonly string[] }>;
type AnyQuery = Query<Record<string, unknown>>;

const byTime: AnyQuery = { filter: ['folder', 'read'], contains: ['labels'], sort: ['-at'] };
const bySize: AnyQuery = { reach: 'everyone', sort: ['size', '-at'] };
const VIEW = 'mails_v1';
const scope: Scope = { tenantId: 'ten_a', inboxId: 'inb_a' };

const stored = (document: Partial<Doc> | null, position = 0, over: Partial<Stored> = {}): Stored => ({
  ...scope,
  position: BigInt(position) as Position,
  document: document && { at: '2026-01-01', folder: 'inbox', read: false, size: 1, labels: [], ...document },
  ...over,
});

/** What every read store promises; `open` starts it empty, `reopened` is another process on the same one. */
export const readStoreContract = (
  name: string,
  open: () => Promise<ReadStore>,
  close: (store: ReadStore) => Promise<void>,
  reopened?: (store: ReadStore) => Promise<ReadStore>,
) =>
  describe(`the ${name} read store`, () => {
    let store: ReadStore;
    beforeEach(async () => {
      store = await open();
      await store.prepare(VIEW, [byTime, bySize]);
    });
    afterEach(() => close(store));

    const put = (key: string, next: Stored, loaded?: Stored, checkpoint?: number) =>
      store.write(
        VIEW,
        new Map([[key, { loaded, next }]]),
        checkpoint === undefined ? undefined : (BigInt(checkpoint) as Position),
      );
    const keys = async (query: AnyQuery, page: PageRequest = {}, whose: Scope | 'everyone' = scope) =>
      (await store.find(VIEW, whose, query, page)).results.map(({ key }) => key);

    it('keeps a document and the checkpoint together', async () => {
      const document = stored({ labels: ['a', 'b'], read: true }, 7);
      await put('k', document, undefined, 9);
      expect(await store.load(VIEW, 'k')).toEqual(document);
      expect(await store.load(VIEW, 'other')).toBeUndefined();
      expect([...(await store.loadAll(VIEW, ['k', 'other'])).keys()]).toEqual(['k']);
      expect(await store.checkpoint(VIEW)).toBe(9n);
    });

    it('writes only over what was loaded, all or nothing', async () => {
      const first = stored({}, 1);
      await put('k', first, undefined, 1);
      const second = { loaded: first, next: stored({}, 2) };
      const conflict = { code: 'concurrent-change' };
      await expect(put('k', stored({}, 2))).rejects.toMatchObject(conflict);
      await expect(put('k', stored({}, 3), stored({}, 2))).rejects.toMatchObject(conflict);
      const both = new Map([
        ['k', second],
        ['absent', { loaded: stored({}, 1), next: stored({}, 2) }],
      ]);
      await expect(store.write(VIEW, both, 5n as Position)).rejects.toMatchObject(conflict);
      expect([await store.load(VIEW, 'k'), await store.checkpoint(VIEW)]).toEqual([first, 1n]);
    });

    it('notices a document that the command side saved ahead meanwhile', async () => {
      const loaded = stored({}, 1);
      const ahead = stored({ read: true }, 1, { ahead: { stream: 'mail-k', revision: 4n } });
      await put('k', loaded);
      await put('k', ahead, loaded);
      expect(await store.load(VIEW, 'k')).toEqual(ahead);
      await expect(put('k', stored({}, 2), loaded)).rejects.toMatchObject({ code: 'concurrent-change' });
      await put('k', stored({}, 2), ahead);
    });

    it("shows a scope its own documents and its tenant's, and nobody else's", async () => {
      await put('own', stored({}));
      await put('tenant', stored({}, 0, { inboxId: undefined }));
      await put('sibling', stored({}, 0, { inboxId: 'inb_b' }));
      await put('foreign', stored({}, 0, { tenantId: 'ten_b' }));
      expect((await keys(byTime)).sort()).toEqual(['own', 'tenant']);
      expect((await keys(byTime, {}, { tenantId: 'ten_a' })).sort()).toEqual(['own', 'sibling', 'tenant']);
      expect(await keys(bySize, {}, 'everyone')).toHaveLength(4);
    });

    it('shows what is of the whole tenant in another process too', async () => {
      await put('tenant', stored({}, 0, { inboxId: undefined }));
      if (reopened) store = await reopened(store);
      await store.prepare(VIEW, [byTime, bySize]);
      expect(await keys(byTime)).toEqual(['tenant']);
    });

    it('finds and counts a document by what it has become', async () => {
      const found = async (filter: object) => {
        const { results, total } = await store.find(VIEW, scope, byTime, { filter: { ...filter } });
        return [results.map(({ key }) => key), total];
      };
      const first = stored({ labels: ['a', 'b'] }, 1);
      await put('k', first);
      expect([await found({ labels: 'a' }), await found({ folder: 'inbox' })]).toEqual([
        [['k'], 1],
        [['k'], 1],
      ]);
      const moved = stored({ labels: ['b', 'c'], folder: 'spam' }, 2);
      await put('k', moved, first);
      expect([await found({ labels: 'a' }), await found({ folder: 'inbox' })]).toEqual([
        [[], 0],
        [[], 0],
      ]);
      const grown = stored({ labels: ['b', 'c'], folder: 'spam', size: 9 }, 3);
      await put('k', { ...grown, document: { ...moved.document, size: 9 } }, moved);
      await put('other', stored({ labels: ['c'], folder: 'spam' }, 4));
      expect([await found({ labels: 'c' }), await found({ folder: 'spam' })]).toEqual([
        [['other', 'k'], 2],
        [['other', 'k'], 2],
      ]);
      expect(await store.load(VIEW, 'k')).toEqual(grown);
    });

    it('leaves out tombstones and what is broken, and counts the latter', async () => {
      await put('whole', stored({}));
      await put('gone', stored(null));
      await put('broken', stored({}, 0, { broken: true }));
      expect(await store.find(VIEW, scope, byTime, {})).toMatchObject({ total: 1, broken: 1 });
      expect(await store.load(VIEW, 'gone')).toMatchObject({ document: null });
      expect(await store.load(VIEW, 'broken')).toMatchObject({ broken: true });
    });

    it('refuses a cursor that is none, and a filter that no query declares', async () => {
      await expect(keys(byTime, { cursor: 'x' })).rejects.toMatchObject({ code: 'validation-failed' });
      await expect(keys(byTime, { filter: { size: 1 } })).rejects.toThrow('no filter "size"');
    });

    it('lets a twin take the place of a collection, with all that is in it', async () => {
      await put('old', stored({}), undefined, 3);
      const twin = await store.twin(VIEW);
      const next = stored({ labels: ['x'] }, 4);
      await store.write(twin, new Map([['new', { loaded: undefined, next }]]), 4n as Position);
      expect(await keys(byTime)).toEqual(['old']);
      await store.swap(VIEW, twin);
      expect(await keys(byTime, { filter: { labels: 'x' } })).toEqual(['new']);
      expect([await store.load(VIEW, 'old'), await store.checkpoint(VIEW)]).toEqual([undefined, 4n]);
      if (!reopened) return;
      store = await reopened(store);
      await store.prepare(VIEW, [byTime, bySize]);
      expect([await keys(byTime, { filter: { labels: 'x' } }), await store.checkpoint(VIEW)]).toEqual([
        ['new'],
        4n,
      ]);
    });

    it('drops a twin that is not to be, and nothing of one that took its place', async () => {
      await put('old', stored({}), undefined, 3);
      await store.drop(await store.twin(VIEW));
      expect(await keys(byTime)).toEqual(['old']);
      const twin = await store.twin(VIEW);
      await store.write(twin, new Map([['new', { loaded: undefined, next: stored({}, 4) }]]), 4n as Position);
      await store.swap(VIEW, twin);
      await store.drop(twin);
      expect(await keys(byTime)).toEqual(['new']);
    });

    const document = fc.record({
      at: fc.constantFrom('2026-01-01', '2026-01-02', '2026-01-03'),
      folder: fc.constantFrom('inbox', 'spam'),
      read: fc.boolean(),
      size: fc.integer({ min: 0, max: 3 }),
      labels: fc.subarray(['a', 'b', 'c']),
    });
    const page = fc.record(
      {
        filter: fc.record(
          { folder: fc.constantFrom('inbox', 'spam'), read: fc.boolean(), labels: fc.constantFrom('a', 'z') },
          { requiredKeys: [] },
        ),
        after: fc.constant('2026-01-01'),
        before: fc.constant('2026-01-03'),
        reverse: fc.boolean(),
        limit: fc.integer({ min: 1, max: 4 }),
      },
      { requiredKeys: [] },
    );

    it('answers every page as the plainest store does, by offset and by cursor', async () => {
      const model = new InMemoryReadStore();
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(document, { maxLength: 12 }), page, async (documents, request) => {
          const view = `round${(round += 1)}_v1`;
          const everything = new Map(
            documents.map((each, at) => [`k${at}`, { loaded: undefined, next: stored(each, at) }]),
          );
          await store.prepare(view, [byTime, bySize]);
          await store.write(view, everything, 0n as Position);
          await model.write(view, everything, 0n as Position);
          for (const [query, asked] of [
            [byTime, request],
            [bySize, { limit: request.limit ?? 2 }],
          ] as const) {
            const expected = await model.find(view, scope, query, { ...asked, limit: 100 });
            const whole = await store.find(view, scope, query, { ...asked, limit: 100 });
            expect(whole.results.map(({ key }) => key)).toEqual(expected.results.map(({ key }) => key));
            expect(whole.total).toBe(expected.total);
            const walked: string[] = [];
            for (let cursor: string | null = ''; cursor !== null;) {
              const part = await store.find(view, scope, query, { ...asked, ...(cursor && { cursor }) });
              walked.push(...part.results.map(({ key }) => key));
              cursor = part.nextCursor;
            }
            expect(walked).toEqual(expected.results.map(({ key }) => key));
          }
        }),
        { numRuns: 60 },
      );
    });
  });
