import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
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

const inLinux = process.platform === 'linux' ? it : it.skip;
inLinux(
  'is refused where the kernel makes no folders',
  async () => {
    const open = `
    const { DataFolder } = await import(process.argv[1]);
    try { DataFolder.open('/proc/gent/data'); } catch (error) { process.stdout.write(error.message); }`;
    const file = new URL('./data-folder.js', import.meta.url).href;
    const opener = spawn(process.execPath, ['--input-type=module', '-e', open, file], { timeout: 20_000 });
    expect(await text(opener.stdout)).toMatch(/\/proc\/gent\/data cannot be used: no folder can be made/);
  },
  30_000,
);

it('says what is wrong with its place', () => {
  const at = (name: string) => join(parent, name);
  writeFileSync(at('file'), '');
  symlinkSync(at('nowhere'), at('dangling'));
  symlinkSync(at('circle'), at('circle'));
  mkdirSync(at('lock/lock.db'), { recursive: true });
  const reasons: readonly (readonly [path: string, reason: RegExp])[] = [
    [at('file'), /cannot be used: a file is in its place\. Set GENT_DATA_DIR to a folder/],
    [at('file/x'), /a file is in its place/],
    [at('dangling'), /no folder can be made there/],
    [at('dangling/x/y'), /no folder can be made there/],
    [at('circle'), /its links lead in a circle/],
    [at('x'.repeat(5_000)), /its path is too long/],
    [at('xx/'.repeat(2_000)), /its path is too long/],
    [at('lock'), /cannot be used: its lock\.db/],
  ];
  for (const [path, reason] of reasons) expect(() => DataFolder.open(path)).toThrow(reason);
  expect(existsSync(at('xx'))).toBe(false);
  chmodSync(parent, 0o500);
  if (process.getuid?.() !== 0)
    expect(() => DataFolder.open(join(parent, 'new'))).toThrow(/this user may not write there/);
  chmodSync(parent, 0o700);
});
