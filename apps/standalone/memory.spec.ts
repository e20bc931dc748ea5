import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { newFolder } from '#testing/folder';

const script = join(newFolder(), 'program.mjs');
writeFileSync(
  script,
  `import { getHeapStatistics } from 'node:v8';
   import { boundMemory } from '${new URL('./memory.js', import.meta.url)}';
   console.log(process.pid);
   boundMemory();
   const heapMb = getHeapStatistics().heap_size_limit / 2 ** 20;
   const [, helpers] = /--v8-pool-size=(\\d+)/.exec(process.execArgv.join(' ')) ?? [];
   const words = process.argv.slice(2);
   console.log(JSON.stringify({ heapMb, words, helpers, arenas: process.env.MALLOC_ARENA_MAX }));`,
);
const run = (env: Readonly<Record<string, string>>, ...flags: readonly string[]) => {
  const words = ['--no-warnings', ...flags, script, 'one', 'two'];
  const lines = execFileSync(process.execPath, words, { env, encoding: 'utf8' }).trim().split('\n');
  return { pids: lines.slice(0, -1), ...JSON.parse(lines.at(-1) ?? '') };
};

it('begins a process anew with bounds on its memory, under its id and with its words', () => {
  const { pids, heapMb, words, arenas } = run({});
  expect(pids).toEqual([pids[0], pids[0]]);
  expect([words, arenas]).toEqual([['one', 'two'], '2']);
  expect(heapMb).toBeGreaterThanOrEqual(1_024);
  expect(heapMb).toBeLessThan(1_200);
});

it('leaves a core to the main loop, however many helpers V8 would take', () => {
  const { helpers } = run({});
  expect(Number(helpers)).toBeGreaterThanOrEqual(1);
  expect(Number(helpers)).toBeLessThan(Math.max(availableParallelism(), 2));
});

it('gives the main loop a large young generation, and a thread a small one', () => {
  const young = join(newFolder(), 'young.mjs');
  writeFileSync(
    young,
    `import { getHeapSpaceStatistics } from 'node:v8';
     import { isMainThread, Worker } from 'node:worker_threads';
     import { boundMemory } from '${new URL('./memory.js', import.meta.url)}';
     if (isMainThread) boundMemory();
     /** It grows as far as it may where much survives in it. */
     let most = 0;
     for (let round = 0; round < 100; round += 1) {
       globalThis.kept = Array.from({ length: 50_000 }, (_, at) => ({ at, text: 'x' + at }));
       const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
       most = Math.max(most, space_size);
     }
     console.log(JSON.stringify({ [isMainThread ? 'main' : 'thread']: most / 2 ** 20 }));
     if (isMainThread) new Worker(new URL(import.meta.url));`,
  );
  const [main = '', thread = ''] = execFileSync(process.execPath, [young], { encoding: 'utf8' }).split('\n');
  expect(JSON.parse(main).main).toBeGreaterThan(32);
  expect(JSON.parse(thread).thread).toBeLessThan(16);
});

it('leaves what the operator has set', () => {
  expect(run({ MALLOC_ARENA_MAX: '7' }, '--max-old-space-size=2048')).toMatchObject({
    heapMb: expect.closeTo(2_096, -2),
    arenas: '7',
  });
  const both = { NODE_OPTIONS: '--max-old-space-size=2048 --max-semi-space-size=8 --v8-pool-size=3' };
  expect(run(both).pids).toHaveLength(1);
});
