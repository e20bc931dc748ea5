import { Worker } from 'node:worker_threads';
import type { Scope } from '#kernel/context';
import { unavailable } from '#kernel/errors';
import { START, type Position } from '#kernel/event-store';
import { SearchIndex, type Searchable, type SearchWord } from '../search-index.js';
import type { Answer, Request, Settings } from './search.worker.js';

type Work<R = Request> = R extends unknown ? Omit<R, 'id'> : never;
type Waiting = Readonly<{ resolve: (value: unknown) => void; reject: (error: Error) => void }>;

const HOUR_MS = 60 * 60 * 1_000;
/** What is taken out of an index is in none of its files a day later. */
const FORGETTING = { forgetAfterMs: 24 * HOUR_MS, lookMs: HOUR_MS };

/** FTS5 in a thread of its own. A search past its time ends the thread, and the next call gets a new one. */
export class EmbeddedSearchIndex extends SearchIndex {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  constructor(
    private readonly file: string,
    private readonly searchMs = 2_000,
    private readonly forgetting: Omit<Settings, 'file'> = FORGETTING,
  ) {
    super();
  }

  async prepare(index: string, fields: readonly string[], head?: Position): Promise<void> {
    const end = head === undefined ? Infinity : Number(head);
    await this.ask({ do: 'prepare', index, fields, head: end });
  }

  async write(
    index: string,
    documents: ReadonlyMap<string, Searchable | null>,
    checkpoint: Position,
  ): Promise<void> {
    await this.ask({ do: 'write', index, documents, checkpoint: Number(checkpoint) });
  }

  async checkpoint(index: string): Promise<Position | undefined> {
    const at = await this.ask({ do: 'checkpoint', index });
    return at === undefined || at === Number(START) ? undefined : (BigInt(Number(at)) as Position);
  }

  async search(index: string, scope: Scope, words: readonly SearchWord[], limit: number) {
    const late = setTimeout(() => void this.worker?.terminate(), this.searchMs);
    try {
      const { tenantId, inboxId } = scope;
      return (await this.ask({
        do: 'search',
        index,
        scope: { tenantId, inboxId },
        words,
        limit,
      })) as string[];
    } finally {
      clearTimeout(late);
    }
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private ask(work: Work): Promise<unknown> {
    const id = (this.last += 1);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.waiting.set(id, { resolve, reject });
    this.thread().postMessage({ id, ...work });
    return promise;
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(new URL('./search.worker.js', import.meta.url), {
      name: 'search',
      workerData: { file: this.file, ...this.forgetting } satisfies Settings,
    });
    worker.unref();
    worker.on('message', ({ id, value, failure }: Answer) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (failure) waiting?.reject(new Error(failure));
      else waiting?.resolve(value);
    });
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.worker = undefined;
      for (const { reject } of this.waiting.values())
        reject(unavailable('store-unavailable', 'The search took too long; ask for less'));
      this.waiting.clear();
    });
    return (this.worker = worker);
  }
}
