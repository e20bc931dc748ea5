import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
