import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Refusal, systemCode } from './refusal.js';

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
      mkdirSync(path, { recursive: true, mode: 0o700 });
      if (!statSync(path).isDirectory()) throw new Refusal(`The data folder ${path} is not a folder`);
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal(
        `The data folder ${path} cannot be used: ${REASON[systemCode(error) ?? ''] ?? error}`,
      );
    }
    return new DataFolder(path, lockAt(path));
  }

  close() {
    this.lock.close();
  }
}

const lockAt = (path: string): DatabaseSync => {
  const lock = new DatabaseSync(join(path, 'lock.db'));
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (!/locked|busy/i.test(String(error)))
      throw new Refusal(`The data folder ${path} cannot be locked: ${error}`);
    throw new Refusal(`Another process of Gent runs on the data folder ${path}`);
  }
};

const REASON: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is read-only',
  EEXIST: 'a file is in its place',
  ENOTDIR: 'a file is in its place',
  ENOSPC: 'the disk is full',
};
