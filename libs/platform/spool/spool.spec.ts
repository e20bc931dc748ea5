import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { headOf, Spool, type Spooled } from './spool.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gent-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* pieces(bytes: Buffer, size: number, failure?: Error) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  if (failure) throw failure;
}
const contentOf = async (spooled: Spooled) => {
  const chunks: Buffer[] = [];
  for await (const chunk of spooled.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
};

describe('the spool', () => {
  it.each([
    ['nothing', 0, 1, 0],
    ['small content in single bytes', 20_000, 1, 0],
    ['small content', 200_000, 65_536, 0],
    ['large content', 3_000_000, 65_536, 1],
  ])('gives back %s, as often as one likes', async (_, size, piece, files) => {
    const bytes = Buffer.from('secret'.repeat(size / 6 + 1)).subarray(0, size);
    const spooled = await new Spool(folder).take(pieces(bytes, piece));
    expect(spooled).toMatchObject({ size, sha256: createHash('sha256').update(bytes).digest('hex') });
    expect((await contentOf(spooled)).equals(bytes)).toBe(true);
    expect((await headOf(spooled.read(), 100)).equals(bytes.subarray(0, 100))).toBe(true);
    const found = readdirSync(folder);
    expect(found).toHaveLength(files);
    for (const file of found) expect(readFileSync(join(folder, file)).includes('secret')).toBe(false);
    await spooled.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps nothing of content that fails', async () => {
    const source = pieces(Buffer.alloc(1_000_000), 65_536, new Error('Gone'));
    await expect(new Spool(folder).take(source)).rejects.toThrow('Gone');
    expect(readdirSync(folder)).toEqual([]);
  });
});
