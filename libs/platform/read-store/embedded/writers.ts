import { Worker } from 'node:worker_threads';
import { CollectionWriter, type Opening } from './collection-writer.js';
import type { WriteOrder } from './rows.js';
import type { AnyQuery } from './schema.js';
import type { Answer, Task } from './writer.worker.js';

/** Who writes the files of a read store; of each file, one order after another. */
export interface Writers {
  open(file: string, opening: Opening): Promise<void>;
  /** False if a document is no longer what was loaded. */
  write(file: string, order: WriteOrder): Promise<boolean>;
  index(file: string, queries: readonly AnyQuery[]): Promise<void>;
  close(file: string): Promise<void>;
  end(): Promise<void>;
}

/** This very thread: for one that does nothing else. */
export class OwnWriters implements Writers {
  private readonly writers = new Map<string, CollectionWriter>();

  async open(file: string, opening: Opening): Promise<void> {
    this.writers.set(file, new CollectionWriter(file, opening));
  }

  async write(file: string, order: WriteOrder): Promise<boolean> {
    return this.of(file).write(order);
  }

  async index(file: string, queries: readonly AnyQuery[]): Promise<void> {
    this.of(file).index(queries);
  }

  async close(file: string): Promise<void> {
    this.of(file).close();
    this.writers.delete(file);
  }

  async end(): Promise<void> {
    for (const file of this.writers.keys()) await this.close(file);
  }

  private of(file: string): CollectionWriter {
    const writer = this.writers.get(file);
    if (!writer) throw new Error(`${file} is not open for writing`);
    return writer;
  }
}

type Waiting = Readonly<{ resolve: (isWritten: boolean) => void; reject: (error: Error) => void }>;

/** One thread for all files, so that no loop waits for a disk; when it dies, the next order begins another. */
export class ThreadWriters implements Writers {
  private worker: Worker | undefined;
  private readonly openings = new Map<string, Opening>();
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  async open(file: string, opening: Opening): Promise<void> {
    await this.ask({ do: 'open', file, opening });
    this.openings.set(file, opening);
  }

  write(file: string, order: WriteOrder): Promise<boolean> {
    return this.ask({ do: 'write', file, order });
  }

  async index(file: string, queries: readonly AnyQuery[]): Promise<void> {
    await this.ask({ do: 'index', file, queries });
  }

  async close(file: string): Promise<void> {
    this.openings.delete(file);
    await this.ask({ do: 'close', file });
  }

  async end(): Promise<void> {
    if (!this.worker) return;
    for (const file of this.openings.keys()) await this.close(file);
    await this.worker?.terminate();
  }

  private ask(task: Task): Promise<boolean> {
    const id = (this.last += 1);
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const worker = this.thread();
    this.waiting.set(id, { resolve, reject });
    worker.ref();
    worker.postMessage({ id, ...task });
    return promise;
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(new URL('./writer.worker.js', import.meta.url), { name: 'views' });
    worker.unref();
    worker.on('message', ({ id, isWritten = true, failure }: Answer) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (this.waiting.size === 0) worker.unref();
      if (failure) waiting?.reject(new Error(failure));
      else waiting?.resolve(isWritten);
    });
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.worker = undefined;
      for (const { reject } of this.waiting.values()) reject(new Error('The thread that writes views ended'));
      this.waiting.clear();
    });
    for (const [file, opening] of this.openings) worker.postMessage({ id: 0, do: 'open', file, opening });
    return (this.worker = worker);
  }
}
