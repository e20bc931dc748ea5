import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { print } from './figure.js';
import { History } from './history.js';

const MESSAGES = Number(process.env['GENT_TEST_MESSAGES'] ?? 61_000);
const INBOXES = 50;

/** All views from the log, without the search index. */
export const run = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gent-bench-'));
  const history = await History.open(folder);
  const events = await history.write({ messages: MESSAGES, inboxes: INBOXES });
  const { foldedMs, indexedMs } = await history.replay();
  const params = { events, views: history.declared.projections.length };
  print('replay', 'all views', (events / foldedMs) * 1_000, 'events/s', params);
  print('replay', 'their indexes', indexedMs, 'ms', params);
  print('replay', 'memory', process.memoryUsage.rss() / 2 ** 20, 'MiB', params);
  await history.close();
  await rm(folder, { recursive: true });
};
