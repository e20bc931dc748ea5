import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { EmbeddedEventStore } from '#platform/event-store/embedded/event-store';
import { FixedClock } from '#testing/context';
import { newFolder } from '#testing/folder';
import type { Sealed } from '../personal-data.js';
import { EmbeddedVault } from './vault.js';

const script = fileURLToPath(new URL('../../../testing/write-until-killed.js', import.meta.url));

/** What a process acknowledged before it was killed in the middle of its work. */
const killedAfter = async (folder: string, count: number): Promise<readonly string[]> => {
  const child = spawn(process.execPath, ['--no-warnings', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    output += part;
    if (output.split('\n').length > count) child.kill('SIGKILL');
  });
  await closed;
  return output.split('\n').slice(0, -1);
};

it('keeps everything that was acknowledged before `kill -9`, readable and in its place', async () => {
  const folder = newFolder();
  const acknowledged: string[] = [];
  for (const count of [1, 30, 120]) {
    acknowledged.push(...(await killedAfter(folder, count)));
    const store = await EmbeddedEventStore.open(folder);
    const vault = await EmbeddedVault.open({
      folder,
      masterKey: Buffer.alloc(32, 7),
      clock: new FixedClock(),
    });
    const { events } = await store.readAll({ limit: 100_000 });
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => BigInt(index)));
    expect(new Set(events.map(({ stream }) => stream)).size).toBe(events.length);
    const streams = new Set(events.map(({ stream }) => stream));
    expect(acknowledged.filter((stream) => !streams.has(stream))).toEqual([]);
    for (const { stream, data } of events) {
      const { blobId, $sealed } = data as { blobId: string; $sealed: Sealed };
      expect((await vault.blobs.read(blobId))?.subarray(0, stream.length).toString()).toBe(stream);
      expect(await vault.personalData.open($sealed)).toEqual({ stream });
    }
    await Promise.all([store.close(), vault.close()]);
  }
  expect(acknowledged.length).toBeGreaterThan(150);
}, 60_000);
