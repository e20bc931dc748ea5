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

it('leaves what the operator has set', () => {
  expect(run({ MALLOC_ARENA_MAX: '7' }, '--max-old-space-size=2048')).toMatchObject({
    heapMb: expect.closeTo(2_096, -2),
    arenas: '7',
  });
  const both = { NODE_OPTIONS: '--max-old-space-size=2048 --max-semi-space-size=8 --v8-pool-size=3' };
  expect(run(both).pids).toHaveLength(1);
});
