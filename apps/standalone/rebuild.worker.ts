import 'reflect-metadata';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { features } from '#apps/features';
import { Codec } from '#platform/event-sourcing/codec';
import { Features } from '#platform/event-sourcing/features';
import { partsOf } from '#platform/event-sourcing/module';
import { BulkRebuilder } from '#platform/event-sourcing/rebuild';
import type { RebuildOrder } from '#platform/event-sourcing/rebuild-thread';
import { timersOf } from '#platform/event-sourcing/timer-view';
import { openLogForReading } from '#platform/event-store/embedded/event-store';
import { EmbeddedReadStore } from '#platform/read-store/embedded/embedded-read-store';
import { openKeysForReading } from '#platform/vault/embedded/vault';
import { loadMasterKey } from '#platform/vault/master-key';

type Settings = Readonly<{ dataDir: string; masterKey: string | null }>;
const { settings, targets, upTo } = workerData as RebuildOrder<Settings>;
const { dataDir, masterKey } = settings;

const declared = new Features();
for (const parts of partsOf(features)) declared.add(parts);
const views = [
  ...declared.projections,
  timersOf(declared) as unknown as (typeof declared.projections)[number],
];

const log = openLogForReading(dataDir);
const keys = openKeysForReading(dataDir, await loadMasterKey(dataDir, masterKey));
const documents = new EmbeddedReadStore(join(dataDir, 'views'));

const known = targets.map(({ view: name, collection }) => {
  const view = views.find((each) => each.name === name);
  if (!view) throw new Error(`No feature declares the view ${name}`);
  return { view, collection };
});
for (const { view, collection } of known) await documents.prepare(collection, Object.values(view.queries));
await new BulkRebuilder(log, new Codec(declared, keys.personalData), documents).fill(known, upTo);

await documents.close();
keys.close();
log.close();
