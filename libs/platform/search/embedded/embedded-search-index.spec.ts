import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import type { Position } from '#kernel/event-store';
import { InMemorySearchIndex } from '#testing/in-memory-search-index';
import { searchIndexContract } from '#testing/search-index-contract';
import type { SearchIndex } from '../search-index.js';
import { EmbeddedSearchIndex } from './embedded-search-index.js';

const root = mkdtempSync(join(tmpdir(), 'gent-search-'));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = () => join(mkdtempSync(join(root, 'index-')), 'search.db');

searchIndexContract(
  'embedded',
  async () => new EmbeddedSearchIndex(fresh()),
  (index: SearchIndex) => (index as EmbeddedSearchIndex).close(),
);
searchIndexContract(
  'in-memory',
  async () => new InMemorySearchIndex(),
  async () => undefined,
);

it('refuses a search that takes too long, and goes on', async () => {
  const index = new EmbeddedSearchIndex(fresh(), 0);
  const [scope, words] = [{ tenantId: 'ten_a' }, [{ word: 'hello' }]];
  await index.prepare('mails_v1', ['text']);
  const document = { scope, at: '2026-01-01T00:00:00Z', fields: { text: 'hello' } };
  // It waits behind this, and so longer than it may.
  const many = Array.from({ length: 5_000 }, (_, at) => [`m${at}`, document] as const);
  const busy = index.write('mails_v1', new Map(many), 0n as Position).catch(() => undefined);
  await expect(index.search('mails_v1', scope, words, 10)).rejects.toMatchObject({
    code: 'store-unavailable',
  });
  await busy;
  await index.write('mails_v1', new Map([['a', document]]), 1n as Position);
  expect(await index.checkpoint('mails_v1')).toBe(1n);
  await index.close();
});

it('takes any number of documents of the same moment', async () => {
  const index = new EmbeddedSearchIndex(fresh());
  await index.prepare('mails_v1', ['text']);
  const scope = { tenantId: 'ten_a' };
  const document = { scope, at: '2026-01-01T00:00:00Z', fields: { text: 'hello' } };
  for (let from = 0; from < 5_000; from += 500) {
    const some = Array.from({ length: 500 }, (_, at) => [`m${from + at}`, document] as const);
    await index.write('mails_v1', new Map(some), BigInt(from) as Position);
  }
  expect(await index.search('mails_v1', scope, [{ word: 'hello' }], 10_000)).toHaveLength(5_000);
  await index.close();
});

it('keeps no word of what was taken out, and still finds the rest', async () => {
  const file = fresh();
  const scope = { tenantId: 'ten_a' };
  const said = (text: string) => ({ scope, at: '2026-01-01T00:00:00Z', fields: { text } });
  const index = new EmbeddedSearchIndex(file, 2_000, { forgetAfterMs: 0, lookMs: 10 });
  await index.prepare('mails_v1', ['text']);
  for (let at = 0; at < 20; at += 1) {
    const others = Array.from({ length: 50 }, (_, each) => [`m${at}-${each}`, said(`word${each}`)] as const);
    await index.write(
      'mails_v1',
      new Map([...others, [`s${at}`, said('confidential')]]),
      BigInt(at) as Position,
    );
  }
  const gone = Array.from({ length: 20 }, (_, at) => [`s${at}`, null] as const);
  await index.write('mails_v1', new Map(gone), 20n as Position);
  // Of a word that begins like the one before it only the rest is stored.
  const isThere = () => {
    const files = readdirSync(dirname(file)).map((name) => readFileSync(join(dirname(file), name)));
    return files.some((bytes) => bytes.includes('fidential'));
  };
  expect(isThere()).toBe(true);
  while (isThere()) await setTimeout(10);
  expect(await index.search('mails_v1', scope, [{ word: 'word7' }], 50)).toHaveLength(20);
  expect(await index.search('mails_v1', scope, [{ word: 'confidential' }], 50)).toEqual([]);
  await index.close();
});

it('of another version takes the place of the one before it, of which no word is left', async () => {
  const file = fresh();
  const scope = { tenantId: 'ten_a' };
  const said = (text: string) => ({ scope, at: '2026-01-01T00:00:00Z', fields: { text } });
  const index = new EmbeddedSearchIndex(file);
  for (const name of ['mails_v1', 'mails_old_v1', 'mails_v2']) {
    await index.prepare(name, ['text']);
    const text = name === 'mails_v1' ? 'confidential' : 'hello';
    await index.write(name, new Map([['a', said(text)]]), 1n as Position);
  }
  await index.close();
  const files = readdirSync(dirname(file)).map((name) => readFileSync(join(dirname(file), name)));
  expect(files.some((bytes) => bytes.includes('confidential'))).toBe(false);
  const again = new EmbeddedSearchIndex(file);
  for (const name of ['mails_old_v1', 'mails_v2'])
    expect(await again.search(name, scope, [{ word: 'hello' }], 10)).toEqual(['a']);
  expect(await again.checkpoint('mails_v1')).toBeUndefined();
  await again.close();
});
