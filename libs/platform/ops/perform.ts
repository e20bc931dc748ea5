import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { isDomainError, reasonOf } from '#kernel/errors';
import { WrongUsage, type Operation, type OpsRegistry, type Say } from './registry.js';

/** What goes to the operator: a line of text for one of his outputs. */
export type Output = (line: string, to: 'out' | 'err') => Promise<void>;

/** Of sysexits.h, but for the first two. */
export const STATUS = { done: 0, refused: 1, wrongUsage: 64, failed: 70 } as const;

const COMMON: ParseArgsOptionsConfig = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } };

/** Runs one operation as the words say, and answers the exit status. */
export const perform = async (
  registry: OpsRegistry,
  [name = 'help', ...args]: readonly string[],
  output: Output,
  stopping: AbortSignal,
): Promise<number> => {
  const print = (line: string) => output(line, 'out');
  if (['help', '--help', '-h'].includes(name)) {
    await print(overview(registry));
    return STATUS.done;
  }
  const operation = registry.find(name);
  if (!operation) {
    await output(`gent: there is no command "${name}"; gent --help lists them`, 'err');
    return STATUS.wrongUsage;
  }
  try {
    const { values, positionals } = parsed(operation, args);
    if (values['help']) {
      await print(help(name, operation));
      return STATUS.done;
    }
    const say: Say = (row, text) => print(values['json'] || text === undefined ? JSON.stringify(row) : text);
    await operation.run({ words: positionals, options: values, say, stopping });
    return STATUS.done;
  } catch (error) {
    if (stopping.aborted) return STATUS.done;
    if (reasonOf(error) === 'WrongUsage') {
      await output(`gent ${name}: ${(error as WrongUsage).message}\n${help(name, operation)}`, 'err');
      return STATUS.wrongUsage;
    }
    await output(`gent ${name}: ${isDomainError(error) ? error.message : reasonOf(error)}`, 'err');
    return isDomainError(error) ? STATUS.refused : STATUS.failed;
  }
};

const parsed = ({ options }: Operation, args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: { ...COMMON, ...options },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw new WrongUsage((error as Error).message);
  }
};

const overview = (registry: OpsRegistry): string => {
  const names = registry.all.map(([name]) => name.length);
  const width = Math.max(0, ...names);
  const lines = registry.all.map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`);
  return [
    'gent <command>',
    '',
    ...lines,
    '',
    'gent <command> --help tells more; --json prints rows as JSON.',
  ].join('\n');
};

const help = (name: string, { usage, about, options = {} }: Operation): string => {
  const flags = Object.entries({ ...options, json: COMMON['json'] }).map(
    ([flag, option]) =>
      `[--${flag}${option?.type === 'string' ? ' <value>' : ''}]${option?.multiple ? '...' : ''}`,
  );
  return [
    about,
    '',
    ...usage.map((words) => `  gent ${name} ${words}`.trimEnd()),
    '',
    `  ${flags.join(' ')}`,
  ].join('\n');
};
