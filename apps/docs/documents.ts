import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { features } from '#apps/features';
import { boot } from '#apps/standalone/boot';
import { parseConfig } from '#platform/config/parse-config';
import { partsOf } from '#platform/event-sourcing/module';
import { describeApi } from '#platform/http/openapi';
import { DataFolder } from '#platform/process/data-folder';
import { describeEvents } from './events.js';

/** The documents that are made from the program itself, by their paths in the repository. */
export const documents = async (): Promise<Readonly<Record<string, string>>> => {
  const folder = await mkdtemp(join(tmpdir(), 'gent-docs-'));
  const config = parseConfig({
    GENT_DATA_DIR: folder,
    GENT_OWNER_EMAIL: 'owner@docs.test',
    GENT_OWNER_PASSWORD: 'only for a moment',
  });
  const { app, stop } = await boot(config, DataFolder.open(folder), false, { ports: false });
  const api = describeApi(app);
  await stop();
  await rm(folder, { recursive: true });
  return {
    'docs/openapi.json': `${JSON.stringify(api, null, 2)}\n`,
    'docs/events.md': describeEvents(partsOf(features)),
  };
};
