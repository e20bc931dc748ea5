import type { ScopedViews } from '#platform/event-sourcing/scoped-views';
import { threads } from './read-model.js';
import type { ThreadView } from './thread-summary.js';

/** Merges of merges are rare, and circles impossible: the older thread goes on. */
const MOST_HOPS = 10;

/** Under which id a thread goes on. */
export const survivorOf = async (views: ScopedViews, threadId: string): Promise<string> => {
  const { thread, id } = await followed(views, threadId);
  return thread?.threadId ?? id;
};

/** The thread that an id stands for, and under which id it goes on; null where nothing has it. */
export const followed = async (
  views: ScopedViews,
  threadId: string,
): Promise<{ id: string; thread: ThreadView | null }> => {
  let [id, thread] = [threadId, await views.get(threads, threadId)];
  for (let hops = 0; thread?.mergedInto && hops < MOST_HOPS; hops += 1) {
    id = thread.mergedInto;
    thread = await views.get(threads, id);
  }
  return { id, thread };
};
