import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Program } from '#testing/program';
import { print } from './figure.js';
import { History } from './history.js';

const MESSAGES = Number(process.env['GENT_TEST_MESSAGES'] ?? 200_000);
const INBOXES = 50;
const STARTS = 5;
const LONGEST_MS = 300_000;
const POLL_MS = 200;

/** From the start of the process to "ready", on an empty folder and on one with a history. */
export const run = async (): Promise<void> => {
  for (let start = 0; start < STARTS; start += 1)
    await inFolder((folder) => measured(folder, 'an empty folder', start, 0));
  await inFolder(async (folder) => {
    const history = await History.open(folder);
    const events = await history.write({ messages: MESSAGES, inboxes: INBOXES });
    await history.replay();
    await history.settle();
    await history.close();
    await first(folder);
    for (let start = 0; start < STARTS; start += 1) await measured(folder, 'a history', start, events);
  });
};

const inFolder = async (work: (folder: string) => Promise<void>) => {
  const folder = await mkdtemp(join(tmpdir(), 'gent-bench-'));
  await work(folder).finally(() => rm(folder, { recursive: true }));
};

/** Makes what a running program has beside its views, the search index above all. */
const first = async (folder: string) => {
  const program = await Program.start(folder);
  const late = performance.now() + LONGEST_MS;
  while (!(await program.haveReadAll()) && performance.now() < late) await setTimeout(POLL_MS);
  await program.stop();
};

const measured = async (folder: string, on: string, start: number, events: number) => {
  const program = await Program.start(folder);
  const params = { start, events };
  print('boot', `ready on ${on}`, program.readyAfterMs, 'ms', params);
  print('boot', `RSS on ${on}`, (await program.memory()).now / 2 ** 20, 'MiB', params);
  await program.stop();
};
