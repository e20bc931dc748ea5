import { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import { createIndexes, type AnyQuery } from './schema.js';

export type Chore = Readonly<{ id: number; file: string; indexes?: readonly AnyQuery[] }>;
export type ChoreDone = Readonly<{ id: number; failure?: string }>;

/**
 * What would make the main loop wait for the disk: index builds, and moving the WAL into the database. The small
 * write afterwards begins the WAL anew, so that it is this thread too that syncs its header.
 */
const run = ({ file, indexes }: Chore) => {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  try {
    db.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY');
    if (indexes) createIndexes(db, indexes);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.exec(`INSERT OR REPLACE INTO meta VALUES ('maintained', unixepoch())`);
  } finally {
    db.close();
  }
};

parentPort?.on('message', (chore: Chore) => {
  let failure: string | undefined;
  try {
    run(chore);
  } catch (error) {
    failure = error instanceof Error ? error.message : 'unknown';
  }
  parentPort?.postMessage({ id: chore.id, ...(failure && { failure }) } satisfies ChoreDone);
});
