import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from '@jest/globals';
import type { Position } from '#kernel/event-store';
import { InMemoryReadStore } from '#testing/in-memory-read-store';
import { readStoreContract } from '#testing/read-store-contract';
import type { ReadStore } from '../read-store.js';
import { EmbeddedReadStore } from './embedded-read-store.js';
import { OwnWriters, ThreadWriters, type Writers } from './writers.js';

const root = mkdtempSync(join(tmpdir(), 'gent-views-'));
afterAll(() => rmSync(root, { recursive: true }));

const openIn = (folder: string, now?: () => number, writers?: Writers) =>
  new EmbeddedReadStore(folder, now, writers);
const close = (store: ReadStore) => (store as EmbeddedReadStore).close();

const contract = (name: string, writers: () => Writers) => {
  const folders = new Map<ReadStore, string>();
  const open = async (folder = mkdtempSync(join(root, 'store-'))) => {
    const store = openIn(folder, Date.now, writers());
    folders.set(store, folder);
    return store;
  };
  readStoreContract(
    name,
    () => open(),
    close,
    async (store) => {
      await close(store);
      return open(folders.get(store));
    },
  );
};
contract('embedded', () => new OwnWriters());
contract('embedded, written by a thread,', () => new ThreadWriters());
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

it('has an index for what is asked now, and none for what an earlier program asked', async () => {
  const folder = mkdtempSync(join(root, 'store-'));
  const planOf = async (queries: readonly (typeof query)[]) => {
    const store = openIn(folder);
    await store.prepare(VIEW, queries);
    await close(store);
    const file = new DatabaseSync(join(folder, `${VIEW}.db`));
    const indexes = file.prepare("SELECT sql FROM sqlite_master WHERE name GLOB 'i_*' ORDER BY sql").all();
    const page = `SELECT rowid FROM documents WHERE gone IS NULL AND broken = 0 AND tenant = 1 AND inbox = 1
      ORDER BY "f_at", key LIMIT 50 OFFSET 5000`;
    const plan = file.prepare(`EXPLAIN QUERY PLAN ${page}`).all();
    file.close();
    return { indexes: indexes.length, plan: plan.map(({ detail }) => String(detail)).join() };
  };
  expect((await planOf([query, { filter: ['kind'], sort: ['kind'] }])).indexes).toBe(4);
  const { indexes, plan } = await planOf([query]);
  expect(indexes).toBe(2);
  // What a page far down passes is not read to be sorted.
  expect(plan).toMatch(/^SEARCH documents USING INDEX \w+ \(tenant=\? AND inbox=\?\)$/);
});

it('begins anew a file that an earlier program laid out otherwise', async () => {
  const folder = mkdtempSync(join(root, 'store-'));
  const before = new DatabaseSync(join(folder, `${VIEW}.db`));
  before.exec(`CREATE TABLE documents (key TEXT PRIMARY KEY, tenant TEXT NOT NULL, inbox TEXT NOT NULL, body TEXT);
    CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO documents VALUES ('a', 'ten_a', '', '{}'); INSERT INTO meta VALUES ('checkpoint', 7)`);
  before.close();

  const after = openIn(folder);
  await after.prepare(VIEW, [query]);
  expect([await after.checkpoint(VIEW), await after.load(VIEW, 'a')]).toEqual([undefined, undefined]);
  await put(after, 'a', { at: 1, kind: 'x' });
  await close(after);
  const again = openIn(folder);
  await again.prepare(VIEW, [query]);
  expect(await again.load(VIEW, 'a')).toMatchObject({ tenantId: 'ten_a', document: { at: 1 } });
  await close(again);
});

it('shows nobody what is of somebody else, whose first write came to nothing', async () => {
  const store = openIn(mkdtempSync(join(root, 'store-')), Date.now, new ThreadWriters());
  await store.prepare(VIEW, [query]);
  const of = (tenantId: string, at: number) => ({ ...note(at, { at, kind: 'x' }), tenantId });
  await store.write(VIEW, new Map([['a', { loaded: undefined, next: of('ten_a', 1) }]]));
  const lost = new Map([
    ['b', { loaded: undefined, next: of('ten_b', 2) }],
    ['a', { loaded: of('ten_a', 9), next: of('ten_a', 2) }],
  ]);
  await expect(store.write(VIEW, lost)).rejects.toMatchObject({ code: 'concurrent-change' });
  for (const tenantId of ['ten_c', 'ten_b'])
    await store.write(VIEW, new Map([[tenantId, { loaded: undefined, next: of(tenantId, 3) }]]));
  for (const [tenantId, key] of [
    ['ten_a', 'a'],
    ['ten_b', 'ten_b'],
    ['ten_c', 'ten_c'],
  ] as const) {
    const { results } = await store.find(VIEW, { tenantId }, query, {});
    expect(results.map((one) => [one.tenantId, one.key])).toEqual([[tenantId, key]]);
  }
  await close(store);
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

it('leaves nothing in its files of what a document said before it was erased', async () => {
  const folder = mkdtempSync(join(root, 'store-'));
  const store = openIn(folder);
  await store.prepare(VIEW, [query]);
  const secrets = ['a few words of confidence', 'a great many words of confidence, '.repeat(1_000)];
  for (const [at, text] of secrets.entries()) {
    await put(store, `k${at}`, { at, kind: 'x', text });
    const loaded = await store.load(VIEW, `k${at}`);
    await store.write(VIEW, new Map([[`k${at}`, { loaded, next: note(2, null) }]]));
  }
  await close(store);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  expect(files.map((bytes) => bytes.includes('confidence'))).toEqual(files.map(() => false));
});

it('moves a WAL that has grown, while the view is written on', async () => {
  const folder = mkdtempSync(join(root, 'store-'));
  const store = openIn(folder, Date.now, new ThreadWriters());
  await store.prepare(VIEW, [query]);
  const text = 'x'.repeat(65_536);
  for (let at = 0; at < 400; at += 1) await put(store, `k${at}`, { at, kind: 'x', text });
  expect((await store.find(VIEW, { tenantId: 'ten_a' }, query, {})).total).toBe(400);
  expect(statSync(join(folder, `${VIEW}.db-wal`)).size).toBeLessThan(400 * text.length * 0.6);
  await close(store);
});

it('is read as it was written, also where it was read in between', async () => {
  const store = openIn(mkdtempSync(join(root, 'store-')), Date.now, new ThreadWriters());
  await store.prepare(VIEW, [query]);
  await put(store, 'a', { at: 1 });
  const loaded = await store.load(VIEW, 'a');
  const written = store.write(VIEW, new Map([['a', { loaded, next: note(2, { at: 2 }) }]]));
  expect((await store.load(VIEW, 'a'))?.document).toEqual({ at: 1 });
  await written;
  expect((await store.load(VIEW, 'a'))?.document).toEqual({ at: 2 });
  await close(store);
});
