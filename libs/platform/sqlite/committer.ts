import { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { codeOf, FULL, IOERR, isSyncLost, primary } from './errors.js';
import { PAGES, suffer, sufferLate, type Faults } from './faults.js';
import type { Answers, Failure, Group } from './group-commit.js';

/** Pages in the WAL before they are moved to the database: 32 MiB, most of them overwritten in place from then on. */
const CHECKPOINT_PAGES = 4_096;

const MOST_PAGES = 0xfffffffe;

/** What one store does with a request, within a transaction that it shares with others. */
export type Applying<Request, Answer> = Readonly<{
  apply(request: Request): Answer;
  /** What was applied since the last commit is undone: forget what was remembered of it. */
  rolledBack(): void;
  /** Whether what was just deleted must not linger in the WAL either. */
  leavesTraces?(): boolean;
}>;

/**
 * For the one connection that writes. `synchronous=FULL` syncs the WAL before a commit becomes visible to any
 * reader, in this process or another: what has been seen cannot be lost.
 */
export const openForWriting = (path: string, schema: string): DatabaseSync => {
  const db = new DatabaseSync(path);
  db.exec(`
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA busy_timeout = 1000;
    PRAGMA secure_delete = ON;
    PRAGMA cache_size = -8192;
    BEGIN IMMEDIATE;
    ${schema};
    COMMIT;
  `);
  return db;
};

/** Serves the thread's parent, a `GroupCommit`, until it says `close`. Every fsync of the store happens here. */
export const serve = <Request, Answer>(
  db: DatabaseSync,
  { apply, rolledBack, leavesTraces = () => false }: Applying<Request, Answer>,
  faults: Faults | undefined,
) => {
  const port = parentPort;
  if (!port) throw new Error('This runs in a worker thread');
  const walPages = db.prepare('PRAGMA wal_checkpoint(NOOP)');
  const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  const truncate = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)');

  const transaction = (requests: Group<Request>): Answer[] => {
    let isCommitting = false;
    try {
      if (faults) db.exec(`PRAGMA max_page_count = ${Atomics.load(faults, PAGES) || MOST_PAGES}`);
      db.exec('BEGIN IMMEDIATE');
      const answers = requests.map(apply);
      if (faults) suffer(faults);
      isCommitting = true;
      db.exec('COMMIT');
      if (faults) sufferLate(faults);
      return answers;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      rolledBack();
      const code = codeOf(error);
      if (isSyncLost(code)) throw error;
      throw new Failed(code, isCommitting && primary(code) === IOERR ? 'unknown' : 'not-written');
    }
  };

  /** One that cannot be applied must not fail those that happen to wait beside it. */
  const commit = (requests: Group<Request>): Answers<Answer> => {
    try {
      return transaction(requests);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      const failed: Failure = { failure: error.failure };
      const concernsAll = primary(error.code) === FULL || primary(error.code) === IOERR;
      if (requests.length === 1 || concernsAll) return requests.map(() => failed);
      return requests.flatMap((request) => commit([request]));
    }
  };

  /** A full disk leaves the pages where they are, to be moved another time. */
  const moveWal = () => {
    try {
      if (leavesTraces()) truncate.get();
      else if (Number(walPages.get()?.['log']) >= CHECKPOINT_PAGES) checkpoint.get();
    } catch (error) {
      if (isSyncLost(codeOf(error))) throw error;
    }
  };

  port.on('message', (first: Group<Request> | 'close') => {
    const groups: Group<Request>[] = [];
    let message: Group<Request> | 'close' | undefined = first;
    while (message && message !== 'close') {
      groups.push(message);
      message = receiveMessageOnPort(port)?.message as Group<Request> | 'close' | undefined;
    }
    if (groups.length > 0) {
      const answers = commit(groups.flat(1) as Request[]);
      let from = 0;
      port.postMessage(groups.map((group) => answers.slice(from, (from += group.length))));
      moveWal();
    }
    if (message === 'close') {
      truncate.get();
      db.close();
      port.close();
    }
  });
  port.postMessage('ready');
};

class Failed extends Error {
  constructor(
    readonly code: number,
    readonly failure: Failure['failure'],
  ) {
    super(failure);
  }
}
