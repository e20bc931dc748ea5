import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { features } from '#apps/features';
import { collectionOf } from '#kernel/projection';
import { SystemClock } from '#platform/clock/clock';
import { Codec } from '#platform/event-sourcing/codec';
import { Features } from '#platform/event-sourcing/features';
import { partsOf } from '#platform/event-sourcing/module';
import { BulkRebuilder } from '#platform/event-sourcing/rebuild';
import { EmbeddedEventStore } from '#platform/event-store/embedded/event-store';
import { EmbeddedReadStore } from '#platform/read-store/embedded/embedded-read-store';
import { EmbeddedVault } from '#platform/vault/embedded/vault';
import { print } from './figure.js';
import { writeHistory } from './mail-history.js';

const MESSAGES = 61_000;
const INBOXES = 50;

/** All views from the log, as a rebuild does it: one reading, each event opened once, indexes last. */
export const run = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gent-bench-'));
  const declared = new Features();
  for (const parts of partsOf(features)) declared.add(parts);
  const vault = await EmbeddedVault.open({ folder, masterKey: randomBytes(32), clock: new SystemClock(0) });
  const log = await EmbeddedEventStore.open(folder);
  const codec = new Codec(declared, vault.personalData);
  const events = await writeHistory(log, codec, { messages: MESSAGES, inboxes: INBOXES });

  const documents = new EmbeddedReadStore(join(folder, 'views'));
  const twins = [];
  const begin = performance.now();
  for (const view of declared.projections) {
    await documents.prepare(collectionOf(view), Object.values(view.queries));
    twins.push({ view, collection: await documents.twin(collectionOf(view)) });
  }
  await new BulkRebuilder(log, codec, documents).fill(twins, await log.head());
  const folded = performance.now();
  for (const { view, collection } of twins) await documents.swap(collectionOf(view), collection);
  const params = { events, views: twins.length };
  print('replay', 'all views', (events / (folded - begin)) * 1_000, 'events/s', params);
  print('replay', 'their indexes', performance.now() - folded, 'ms', params);
  print('replay', 'memory', process.memoryUsage.rss() / 2 ** 20, 'MiB', params);

  await documents.close();
  await log.close();
  await vault.close();
  await rm(folder, { recursive: true });
};
