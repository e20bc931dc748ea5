import type { Logger } from 'pino';
import { readConfig } from '#apps/environment';
import { reasonOf } from '#kernel/errors';
import { PinoLogger, rootLogger } from '#platform/observability/logger';
import { DataFolder } from '#platform/process/data-folder';
import { refusalOf } from '#platform/process/refusal';
import { boot } from './boot.js';

const STOP_MS = 9_000;

/** Runs until a signal stops it. */
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
    void stopping.then(() =>
      setTimeout(() => die(new Error('It did not stop in time'), log), STOP_MS).unref(),
    );
    const running = await boot(config, folder, new PinoLogger(log));
    await stopping;
    await running.stop();
    log.info('stopped');
    process.exit(0);
  } catch (error) {
    die(error, log);
  }
};

/** One line for the operator; what is no plain refusal is a bug, and the log has where. */
const die = (error: unknown, log: Logger | undefined) => {
  const { message, exitStatus, trace } = refusalOf(error);
  if (trace) log?.fatal({ trace }, message);
  process.stderr.write(`gent: ${message}\n`);
  process.exit(exitStatus);
};
