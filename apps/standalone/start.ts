import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { readConfig } from '#apps/environment';
import { reasonOf } from '#kernel/errors';
import type { Config } from '#platform/config/config';
import { httpListener } from '#platform/http/listener';
import { configureHttp, httpAdapter } from '#platform/http/module';
import { PinoLogger, rootLogger } from '#platform/observability/logger';
import { Announcer } from '#platform/process/announcer';
import { DataFolder } from '#platform/process/data-folder';
import { at, Listeners, type Address } from '#platform/process/listeners';
import { refusalOf } from '#platform/process/refusal';
import { standaloneModule } from './module.js';

/** What is under way has this long; then connections are cut, and what is durable stays so. */
const DRAIN_MS = 6_000;
const STOP_MS = 9_000;

/** The whole of Gent in one process, until a signal stops it. */
export const start = async () => {
  const stopping = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => resolve());
  });
  process.umask(0o077);
  let log: Logger | undefined;
  try {
    const config = readConfig();
    log = rootLogger(config.logLevel);
    process.on('uncaughtException', (error) => die(new Error(reasonOf(error), { cause: error }), log));
    const folder = DataFolder.open(config.dataDir);
    const app = await boot(config, folder, log);
    await stopping;
    setTimeout(() => die(new Error('It did not stop in time'), log), STOP_MS).unref();
    await app.get(Listeners).drain(AbortSignal.timeout(DRAIN_MS));
    await app.close();
    folder.close();
    log.info('stopped');
    process.exit(0);
  } catch (error) {
    die(error, log);
  }
};

const boot = async (config: Config, folder: DataFolder, log: Logger): Promise<NestFastifyApplication> => {
  const options = { logger: new PinoLogger(log), abortOnError: false, bodyParser: false };
  const module = standaloneModule(config, folder);
  const app = await NestFactory.create<NestFastifyApplication>(module, httpAdapter(), options);
  configureHttp(app);
  const listeners = app.get(Listeners);
  listeners.add(httpListener(app, config.http));
  await app.init();
  app.get(Announcer).say(readyLine(await listeners.open()));
  return app;
};

const readyLine = (addresses: ReadonlyMap<string, Address>): string =>
  ['gent ready', ...[...addresses].map(([name, address]) => `${name}://${at(address)}`)].join(' ');

/** One line for the operator; what is no plain refusal is a bug, and the log has where. */
const die = (error: unknown, log: Logger | undefined) => {
  const { message, exitStatus, trace } = refusalOf(error);
  if (trace) log?.fatal({ trace }, message);
  process.stderr.write(`gent: ${message}\n`);
  process.exit(exitStatus);
};
