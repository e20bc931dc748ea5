/** EX_CONFIG of sysexits.h: a setting is not what it should be. */
export const BAD_CONFIGURATION = 78;

/** Why the process does not start, in one line for the operator. It ends with this status. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    message: string,
    readonly exitStatus = 1,
  ) {
    super(message);
  }
}

/** The code of a system error (`EACCES`, `EADDRINUSE`), if it is one. */
export const systemCode = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;

type Ending = Readonly<{ message: string; exitStatus: number; trace?: readonly string[] }>;

/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGED: readonly unknown[] = [11, 26];

/** What a process ends with for an error, the trace only where the error is none that one expects. */
export const refusalOf = (error: unknown): Ending => {
  if (error instanceof Refusal) return { message: error.message, exitStatus: error.exitStatus };
  if (typeof error === 'object' && error !== null && 'errcode' in error && DAMAGED.includes(error.errcode))
    return { message: 'A database of the data folder is damaged: restore a backup of it', exitStatus: 1 };
  const message = error instanceof Error ? error.message : String(error);
  return { message: `It cannot go on: ${message}`, exitStatus: 1, trace: traceOf(error) };
};

/** Where in the code, without the message, which can quote what somebody wrote. */
export const traceOf = (error: unknown): readonly string[] =>
  (error instanceof Error ? (error.stack ?? '') : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
