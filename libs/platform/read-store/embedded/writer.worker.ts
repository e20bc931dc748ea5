import { parentPort } from 'node:worker_threads';
import { standBack } from '#platform/threads/stand-back';
import type { Opening } from './collection-writer.js';
import type { WriteOrder } from './rows.js';
import type { AnyQuery } from './schema.js';
import { OwnWriters } from './writers.js';

export type Task = Readonly<
  { file: string } & (
    | { do: 'open'; opening: Opening }
    | { do: 'write'; order: WriteOrder }
    | { do: 'index'; queries: readonly AnyQuery[] }
    | { do: 'close' }
  )
>;
/** `id` 0: nobody waits for it. */
export type Request = Task & Readonly<{ id: number }>;
export type Answer = Readonly<{ id: number; isWritten?: boolean; failure?: string }>;

standBack();
const writers = new OwnWriters();

const perform = async (task: Task): Promise<boolean> => {
  if (task.do === 'write') return writers.write(task.file, task.order);
  if (task.do === 'open') await writers.open(task.file, task.opening);
  else if (task.do === 'index') await writers.index(task.file, task.queries);
  else await writers.close(task.file);
  return true;
};

parentPort?.on('message', (request: Request) => {
  const answer = (result: Omit<Answer, 'id'>) => parentPort?.postMessage({ id: request.id, ...result });
  perform(request).then(
    (isWritten) => answer({ isWritten }),
    // What SQLite says quotes no values.
    (error: unknown) => answer({ failure: error instanceof Error ? error.message : 'unknown' }),
  );
});
