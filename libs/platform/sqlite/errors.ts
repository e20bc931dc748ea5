/** SQLite's result codes, the extended ones where these tell more. */
export const FULL = 13;
export const IOERR = 10;
const IOERR_FSYNC = 1_034;
const IOERR_DIR_FSYNC = 1_290;

export const isSqliteError = (error: unknown): error is Error & { readonly errcode: number } =>
  typeof error === 'object' && error !== null && 'errcode' in error;

/** The extended code; 0 for what is none of SQLite's errors. */
export const codeOf = (error: unknown): number => (isSqliteError(error) ? error.errcode : 0);

export const primary = (code: number): number => code & 0xff;

/**
 * After a sync that failed the system may believe that pages are stored which are not, and a second sync
 * succeeds without them. Only a new process, which reads what is really there, can be trusted.
 */
export const isSyncLost = (code: number): boolean => code === IOERR_FSYNC || code === IOERR_DIR_FSYNC;
