import 'reflect-metadata';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '#platform/config/config';
import { httpListener } from '#platform/http/listener';
import { configureHttp, httpAdapter } from '#platform/http/module';
import { OpsRegistry } from '#platform/ops/registry';
import { OpsServer } from '#platform/ops/socket';
import { Announcer } from '#platform/process/announcer';
import { DataFolder } from '#platform/process/data-folder';
import { at, Listeners, type Address } from '#platform/process/listeners';
import { BAD_CONFIGURATION, Refusal } from '#platform/process/refusal';
import { standaloneModule } from './module.js';

/** What is under way has this long; then connections are cut, and what is durable stays so. */
const DRAIN_MS = 6_000;

export interface Running {
  readonly app: NestFastifyApplication;
  /** Accepts nothing more, finishes what is under way, closes the stores. */
  stop(): Promise<void>;
}

/** The whole of Gent in this process, on a folder that it holds; ready when it settles. Without ports: for an operator. */
export const boot = async (
  config: Config,
  folder: DataFolder,
  logger: LoggerService | false,
  { ports = true } = {},
): Promise<Running> => {
  if (config.eventStore.url !== 'embedded' || config.mongodbUrl !== 'embedded')
    throw new Refusal(
      'GENT_EVENTSTORE_URL and GENT_MONGODB_URL: this process keeps its stores itself, say "embedded"',
      BAD_CONFIGURATION,
    );
  const module = standaloneModule(config, folder);
  const options = { logger, abortOnError: false, bodyParser: false };
  const app = await NestFactory.create<NestFastifyApplication>(module, httpAdapter(), options);
  configureHttp(app);
  const listeners = app.get(Listeners);
  listeners.add(httpListener(app, config.http));
  await app.init();
  const ops = ports && (await OpsServer.open(folder.path, app.get(OpsRegistry)));
  if (ports) app.get(Announcer).say(readyLine(await listeners.open()));
  const stop = async () => {
    if (ops) await ops.close();
    await listeners.drain(AbortSignal.timeout(DRAIN_MS));
    await app.close();
    folder.close();
  };
  return { app, stop };
};

const readyLine = (addresses: ReadonlyMap<string, Address>): string =>
  ['gent ready', ...[...addresses].map(([name, address]) => `${name}://${at(address)}`)].join(' ');
