import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { DataFolder } from './data-folder.js';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'gent-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

it('is made where it was missing, for this user alone', () => {
  const folder = DataFolder.open(join(parent, 'a/b'));
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  folder.close();
});

it('is held by one process, and free once that lets go', () => {
  const first = DataFolder.open(parent);
  expect(() => DataFolder.open(parent)).toThrow(/Another process of Gent runs on the data folder/);
  first.close();
  DataFolder.open(parent).close();
});

it('is free after the process that held it was killed', async () => {
  const hold = `
    const { DataFolder } = await import(process.argv[1]);
    globalThis.folder = DataFolder.open(process.argv[2]);
    process.stdout.write('held');
    setInterval(() => {}, 1_000);`;
  const file = new URL('./data-folder.js', import.meta.url).href;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', hold, file, parent]);
  await once(holder.stdout, 'data');
  expect(() => DataFolder.open(parent)).toThrow(/Another process/);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  DataFolder.open(parent).close();
});

it('says what is wrong with its place', () => {
  const file = join(parent, 'file');
  writeFileSync(file, '');
  expect(() => DataFolder.open(file)).toThrow(/cannot be used: a file is in its place/);
  chmodSync(parent, 0o500);
  if (process.getuid?.() !== 0)
    expect(() => DataFolder.open(join(parent, 'new'))).toThrow(/this user may not write there/);
  chmodSync(parent, 0o700);
});
