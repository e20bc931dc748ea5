import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig } from '#apps/environment';
import { boot } from '#apps/standalone/boot';
import type { Config } from '#platform/config/config';
import { PinoLogger, rootLogger } from '#platform/observability/logger';
import { perform } from '#platform/ops/perform';
import { OpsRegistry } from '#platform/ops/registry';
import { askServer } from '#platform/ops/socket';
import { DataFolder } from '#platform/process/data-folder';
import { Refusal, refusalOf } from '#platform/process/refusal';

type Print = (line: string, to: 'out' | 'err') => Promise<void>;

/** The operator's command: done by the running process, or, where none runs, on the folder itself. The exit status. */
export const gent = async (words: readonly string[]): Promise<number> => {
  process.umask(0o077);
  // `gent log | head`: whoever reads no more wants no more.
  process.stdout.on('error', () => process.exit(0));
  try {
    const config = readConfig();
    const asked = await askServer(resolve(config.dataDir), words, print);
    return asked ?? (await alone(config, words));
  } catch (error) {
    const { message, exitStatus } = refusalOf(error);
    await print(`gent: ${message}`, 'err');
    return exitStatus;
  }
};

const print: Print = (line, to) =>
  new Promise((written) =>
    (to === 'out' ? process.stdout : process.stderr).write(`${line}\n`, () => written()),
  );

const alone = async (config: Config, words: readonly string[]): Promise<number> => {
  if (existsSync(join(config.dataDir, 'log.db'))) return onFolder(config, words);
  if (!isHelp(words))
    throw new Refusal(`There is no data at ${resolve(config.dataDir)} yet: start Gent once`);
  const dataDir = mkdtempSync(join(tmpdir(), 'gent-'));
  return onFolder({ ...config, dataDir, production: false, owner: NOBODY }, words).finally(() =>
    rmSync(dataDir, { recursive: true }),
  );
};

/** Of a folder that is gone in a moment. */
const NOBODY = { email: 'nobody@localhost', password: randomUUID() };

const isHelp = ([name, ...rest]: readonly string[]) =>
  name === undefined || ['help', '--help', '-h'].some((word) => word === name || rest.includes(word));

const onFolder = async (config: Config, words: readonly string[]): Promise<number> => {
  const folder = DataFolder.open(config.dataDir);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());
  const { app, stop } = await boot(config, folder, new PinoLogger(rootLogger('error')), { ports: false });
  const status = await perform(app.get(OpsRegistry), words, print, stopping.signal);
  await stop();
  return status;
};
