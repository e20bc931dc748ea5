import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** An empty data folder of a spec, gone when its file is through. Call it where hooks may be declared. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gent-'));
  folders.push(folder);
  return folder;
};

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
