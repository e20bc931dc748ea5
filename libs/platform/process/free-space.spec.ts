import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { testConfig } from '#testing/test-config';
import { FreeSpace, isOutOfSpace } from './free-space.js';

describe('free space', () => {
  it('is short for more than the disk holds', async () => {
    const space = new FreeSpace(testConfig({ dataDir: tmpdir() }));
    expect(await space.isShort(2 ** 60)).toBe(true);
    expect(await new FreeSpace(testConfig()).isShort(2 ** 60)).toBe(false);
  });

  it('is what a full disk or a full quota is out of', () => {
    expect(['ENOSPC', 'EDQUOT', 'EACCES'].map((code) => isOutOfSpace({ code }))).toEqual([true, true, false]);
  });
});
