import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import type { Position } from '#kernel/event-store';
import { InMemoryReadStore } from '#testing/in-memory-read-store';
import { readStoreContract } from '#testing/read-store-contract';
import type { ReadStore } from '../read-store.js';
import { EmbeddedReadStore } from './embedded-read-store.js';

const root = mkdtempSync(join(tmpdir(), 'gent-views-'));
afterAll(() => rmSync(root, { recursive: true }));

const folders = new Map<ReadStore, string>();
const openIn = (folder: string, now?: () => number) => {
  const store = new EmbeddedReadStore(folder, now);
  folders.set(store, folder);
  return store;
};
const close = (store: ReadStore) => (store as EmbeddedReadStore).close();

readStoreContract(
  'embedded',
  async () => openIn(mkdtempSync(join(root, 'store-'))),
  close,
  async (store) => {
    await close(store);
    return openIn(folders.get(store) ?? '');
  },
);
readStoreContract(
  'in-memory',
  async () => new InMemoryReadStore(),
  async () => undefined,
);

const VIEW = 'notes_v1';
const query = { filter: ['kind'], sort: ['at'] };
const note = (at: number, document: object | null) => ({
  tenantId: 'ten_a',
  position: BigInt(at) as Position,
  document,
});
const put = (store: ReadStore, key: string, document: object | null) =>
  store.write(VIEW, new Map([[key, { loaded: undefined, next: note(1, document) }]]));

it('fills the column of a query that a later program declares', async () => {
  const folder = mkdtempSync(join(root, 'store-'));
  const before = openIn(folder);
  await before.prepare(VIEW, [{ sort: ['at'] }]);
  await put(before, 'a', { at: 1, kind: 'x' });
  await close(before);

  const after = openIn(folder);
  await after.prepare(VIEW, [query]);
  const found = await after.find(VIEW, { tenantId: 'ten_a' }, query, { filter: { kind: 'x' } });
  expect(found.results.map(({ key }) => key)).toEqual(['a']);
  await close(after);
});

it('drops what no view of this program is, and forgets tombstones after a week', async () => {
  const folder = mkdtempSync(join(root, 'store-'));
  let now = 0;
  const before = openIn(folder, () => now);
  await before.prepare(VIEW, [query]);
  await before.prepare('notes_v0', []);
  await put(before, 'gone', null);
  await close(before);

  now = 8 * 24 * 60 * 60 * 1_000;
  const after = openIn(folder, () => now);
  await after.prepare(VIEW, [query]);
  await after.retain([VIEW]);
  expect(await after.load(VIEW, 'gone')).toBeUndefined();
  expect(readdirSync(folder).filter((name) => name.startsWith('notes_v0'))).toEqual([]);
  await close(after);
});

it('moves a WAL that has grown in another thread, while the view is written on', async () => {
  const folder = mkdtempSync(join(root, 'store-'));
  const store = openIn(folder);
  await store.prepare(VIEW, [query]);
  const text = 'x'.repeat(65_536);
  for (let at = 0; at < 400; at += 1) await put(store, `k${at}`, { at, kind: 'x', text });
  expect((await store.find(VIEW, { tenantId: 'ten_a' }, query, {})).total).toBe(400);
  await close(store);
});
