import type { LoggerService } from '@nestjs/common';
import { destination, pino, type Logger } from 'pino';

/** What the framework says of its own start belongs to whoever debugs it; what fails there is thrown as well. */
const CHATTER = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'ExceptionHandler',
]);

/** JSON lines on standard error, written at once: a process that dies has said everything. */
export const rootLogger = (level: string): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ fd: 2, sync: true }));

/** Nest's logger on pino. The context is the last argument where there is one, as Nest has it. */
export class PinoLogger implements LoggerService {
  constructor(private readonly pino: Logger) {}

  log(message: unknown, ...rest: readonly unknown[]) {
    this.write(levelOf('info', rest), message, contextOf(rest));
  }

  fatal(message: unknown, ...rest: readonly unknown[]) {
    this.write('fatal', message, contextOf(rest));
  }

  error(message: unknown, ...rest: readonly unknown[]) {
    this.write(levelOf('error', rest), message, contextOf(rest));
  }

  warn(message: unknown, ...rest: readonly unknown[]) {
    this.write('warn', message, contextOf(rest));
  }

  debug(message: unknown, ...rest: readonly unknown[]) {
    this.write('debug', message, contextOf(rest));
  }

  verbose(message: unknown, ...rest: readonly unknown[]) {
    this.write('trace', message, contextOf(rest));
  }

  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    context?: string,
  ) {
    this.pino[level]({ ...(context && { context }), ...fieldsOf(message) }, textOf(message));
  }
}

const levelOf = (level: 'info' | 'error', rest: readonly unknown[]) =>
  CHATTER.has(contextOf(rest) ?? '') ? 'debug' : level;

const contextOf = (rest: readonly unknown[]): string | undefined => {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : undefined;
};

/** `logger.debug({ msg: 'request', status: 200 })` keeps its fields. */
const fieldsOf = (message: unknown): object => {
  if (typeof message !== 'object' || message === null || message instanceof Error) return {};
  const { msg: _, ...fields } = message as { msg?: unknown };
  return fields;
};

const textOf = (message: unknown): string => {
  if (typeof message !== 'object' || message === null) return String(message);
  return 'msg' in message ? String(message.msg) : message instanceof Error ? message.message : '';
};
