import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newFolder } from '#testing/folder';
import { loadMasterKey } from './master-key.js';

const KEY = Buffer.alloc(32, 0xfb);

describe('the master key', () => {
  it('is made once for a data folder, for its owner alone', async () => {
    const folder = join(newFolder(), 'new');
    const key = await loadMasterKey(folder, null);
    expect(key).toHaveLength(32);
    expect(await loadMasterKey(folder, null)).toEqual(key);
    expect(statSync(join(folder, 'master.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'master.key'), 'utf8')).toBe(`${key.toString('base64')}\n`);
    expect(await loadMasterKey(newFolder(), null)).not.toEqual(key);
  });

  it('is the configured one where there is one, in any of the usual forms', async () => {
    const folder = newFolder();
    await loadMasterKey(folder, null);
    for (const form of ['hex', 'base64', 'base64url'] as const)
      expect(await loadMasterKey(folder, KEY.toString(form))).toEqual(KEY);
    const phrase = await loadMasterKey(folder, 'a phrase that one can remember');
    expect(phrase).toHaveLength(32);
    expect(await loadMasterKey(folder, 'a phrase that one can remember')).toEqual(phrase);
    await expect(loadMasterKey(folder, 'short')).rejects.toThrow('GENT_MASTER_KEY');
  });

  it('is never made anew for a vault that lost it', async () => {
    const folder = newFolder();
    await loadMasterKey(folder, null);
    writeFileSync(join(folder, 'vault.db'), '');
    rmSync(join(folder, 'master.key'));
    await expect(loadMasterKey(folder, null)).rejects.toThrow('is missing');
  });
});
