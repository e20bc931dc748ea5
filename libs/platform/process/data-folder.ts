import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BAD_CONFIGURATION, Refusal, systemCode } from './refusal.js';

/**
 * The data folder, held by this process alone. The lock is a transaction on a file of its own: the kernel lets go
 * of it when the process ends, however that happens, so that no dead process ever blocks a start.
 */
export class DataFolder {
  private constructor(
    readonly path: string,
    private readonly lock: DatabaseSync,
  ) {}

  /** Makes it, for this user only, if it is not there. Throws `Refusal`. */
  static open(at: string): DataFolder {
    const path = resolve(at);
    try {
      makeAt(path);
      // With the slash it is ENOTDIR for what is no folder.
      accessSync(`${path}/`, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw unusable(path, REASON[systemCode(error) ?? ''] ?? String(error));
    }
    return new DataFolder(path, lockAt(path));
  }

  close() {
    this.lock.close();
  }
}

/** Not by `recursive`, which never comes back where the kernel makes no folders, as below /proc. */
const makeAt = (path: string) => {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const [code, parent] = [systemCode(error), dirname(path)];
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeAt(parent);
    if (!existsSync(parent)) throw error;
    makeAt(path);
  }
};

const unusable = (path: string, why: string) => {
  const shown = path.length > LONGEST_SHOWN ? `${path.slice(0, LONGEST_SHOWN)}…` : path;
  return new Refusal(
    `The data folder ${shown} cannot be used: ${why}. Set GENT_DATA_DIR to a folder that this user may write`,
    BAD_CONFIGURATION,
  );
};

const LONGEST_SHOWN = 200;

const lockAt = (path: string): DatabaseSync => {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, 'lock.db'));
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (!/locked|busy/i.test(String(error))) throw unusable(path, `its lock.db cannot be opened (${error})`);
    throw new Refusal(`Another process of Gent runs on the data folder ${path}`);
  }
};

const REASON: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is read-only',
  EEXIST: 'a file is in its place',
  ENOTDIR: 'a file is in its place',
  ENOENT: 'no folder can be made there',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its path is too long',
  ENOSPC: 'the disk is full',
};
