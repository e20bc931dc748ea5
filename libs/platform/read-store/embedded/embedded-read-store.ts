import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from '#kernel/context';
import { WrongExpectedRevision } from '#kernel/errors';
import type { Position } from '#kernel/event-store';
import { KeyedQueue } from '#platform/event-sourcing/keyed-queue';
import { ReadStore, type Change, type Page, type PageRequest, type Stored } from '../read-store.js';
import { Collection } from './collection.js';
import type { AnyQuery } from './schema.js';
import { OwnWriters, type Writers } from './writers.js';

type Opened = Readonly<{ collection: Collection; queries: readonly AnyQuery[] }>;

/** A SQLite file for each view, in a folder of their own; `current.json` says which file is which view. */
export class EmbeddedReadStore extends ReadStore {
  private readonly opened = new Map<string, Opened>();
  private readonly turns = new KeyedQueue();
  private current: Readonly<Record<string, string>>;

  /** `now`: Unix ms, for the age of tombstones. */
  constructor(
    private readonly folder: string,
    private readonly now: () => number = Date.now,
    private readonly writers: Writers = new OwnWriters(),
  ) {
    super();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.current = this.readCurrent();
  }

  async prepare(view: string, queries: readonly AnyQuery[]): Promise<void> {
    if (this.opened.has(view)) return;
    const file = this.fileOf(view);
    await this.writers.open(file, { queries, indexed: !view.includes('~'), now: this.now() });
    this.opened.set(view, { collection: new Collection(file, queries), queries });
  }

  async load(view: string, key: string): Promise<Stored | undefined> {
    return this.of(view).collection.load(key);
  }

  async loadAll(view: string, keys: readonly string[]): Promise<ReadonlyMap<string, Stored>> {
    return this.of(view).collection.loadAll(keys);
  }

  write(view: string, changes: ReadonlyMap<string, Change>, checkpoint?: Position): Promise<void> {
    return this.turns.run(view, async () => {
      const { collection } = this.of(view);
      const order = collection.order(changes, checkpoint, this.now());
      let isWritten = false;
      try {
        isWritten = await this.writers.write(collection.file, order);
      } finally {
        collection.settled(changes, isWritten && order.tenantLevel);
      }
      if (!isWritten) throw new WrongExpectedRevision();
    });
  }

  async checkpoint(view: string): Promise<Position | undefined> {
    return this.opened.get(view)?.collection.checkpoint();
  }

  async find(
    view: string,
    scope: Scope | 'everyone',
    query: AnyQuery,
    page: PageRequest,
  ): Promise<Page<Stored & { readonly key: string }>> {
    return this.of(view).collection.find(scope, query, page);
  }

  async retain(views: readonly string[]): Promise<void> {
    const kept = new Set(views.map((view) => this.nameOf(view)));
    for (const name of readdirSync(this.folder)) {
      const file = name.replace(/-(wal|shm)$/, '');
      if (file.endsWith('.db') && !kept.has(file)) rmSync(join(this.folder, name), { force: true });
    }
  }

  async twin(view: string): Promise<string> {
    const name = `${view}~${this.now().toString(36)}`;
    await this.prepare(name, this.of(view).queries);
    return name;
  }

  swap(view: string, twin: string): Promise<void> {
    return this.turns.run(view, async () => {
      const [old, next] = [this.of(view), this.of(twin)];
      await this.writers.index(next.collection.file, next.queries);
      this.writeCurrent({ ...this.current, [view]: `${twin}.db` });
      // Another thread may have filled it, and knows more of it than this connection does.
      next.collection.close();
      this.opened.set(view, {
        collection: new Collection(this.fileOf(view), next.queries),
        queries: next.queries,
      });
      this.opened.delete(twin);
      old.collection.close();
      await this.writers.close(old.collection.file);
      this.remove(old.collection.file);
    });
  }

  drop(twin: string): Promise<void> {
    return this.turns.run(twin, async () => {
      const collection = this.opened.get(twin)?.collection;
      if (!collection) return;
      this.opened.delete(twin);
      collection.close();
      await this.writers.close(collection.file).catch(() => undefined);
      this.remove(collection.file);
    });
  }

  async close(): Promise<void> {
    await this.turns.allIdle();
    for (const { collection } of this.opened.values()) collection.close();
    await this.writers.end();
    this.opened.clear();
  }

  private of(view: string): Opened {
    const opened = this.opened.get(view);
    if (!opened) throw new Error(`The view ${view} was not prepared`);
    return opened;
  }

  private fileOf(view: string): string {
    return join(this.folder, this.nameOf(view));
  }

  private nameOf(view: string): string {
    return this.current[view] ?? `${view}.db`;
  }

  private readCurrent(): Record<string, string> {
    const file = join(this.folder, 'current.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
  }

  private writeCurrent(current: Readonly<Record<string, string>>): void {
    const file = join(this.folder, 'current.json');
    writeFileSync(`${file}.new`, JSON.stringify(current), { flush: true });
    renameSync(`${file}.new`, file);
    this.current = current;
  }

  private remove(file: string): void {
    for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true });
  }
}
