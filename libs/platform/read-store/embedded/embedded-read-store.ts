import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Scope } from '#kernel/context';
import type { Position } from '#kernel/event-store';
import { KeyedQueue } from '#platform/event-sourcing/keyed-queue';
import { ReadStore, type Change, type Page, type PageRequest, type Stored } from '../read-store.js';
import { Collection } from './collection.js';
import { Maintenance } from './maintenance.js';
import type { AnyQuery } from './schema.js';

const WAL_BYTES = 8 * 1024 * 1024;
const WRITES_BETWEEN_LOOKS = 64;

type Opened = { readonly collection: Collection; readonly queries: readonly AnyQuery[]; writes: number };

/** A SQLite file for each view, in a folder of their own; `current.json` says which file is which view. */
export class EmbeddedReadStore extends ReadStore {
  private readonly logger = new Logger(EmbeddedReadStore.name);
  private readonly opened = new Map<string, Opened>();
  private readonly turns = new KeyedQueue();
  private readonly maintenance = new Maintenance();
  private readonly current: Record<string, string>;

  /** `now`: Unix ms, for the age of tombstones. */
  constructor(
    private readonly folder: string,
    private readonly now: () => number = Date.now,
  ) {
    super();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.current = this.readCurrent();
  }

  async prepare(view: string, queries: readonly AnyQuery[]): Promise<void> {
    if (this.opened.has(view)) return;
    const collection = new Collection(this.fileOf(view), queries, !view.includes('~'));
    this.opened.set(view, { collection, queries, writes: 0 });
    collection.sweep(this.now());
  }

  async load(view: string, key: string): Promise<Stored | undefined> {
    return this.of(view).collection.load(key);
  }

  async loadAll(view: string, keys: readonly string[]): Promise<ReadonlyMap<string, Stored>> {
    return this.of(view).collection.loadAll(keys);
  }

  write(view: string, changes: ReadonlyMap<string, Change>, checkpoint?: Position): Promise<void> {
    return this.turns.run(view, async () => {
      const opened = this.of(view);
      opened.collection.write(changes, checkpoint, this.now());
      opened.writes += 1;
      if (opened.writes % WRITES_BETWEEN_LOOKS === 0) this.maintainWhenDue(view);
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
      await this.maintenance.do({ file: next.collection.file, indexes: next.queries });
      this.current[view] = `${twin}.db`;
      this.writeCurrent();
      // Another thread may have filled it, and knows more of it than this connection does.
      next.collection.close();
      const { queries } = next;
      const collection = new Collection(this.fileOf(view), queries, true);
      this.opened.set(view, { collection, queries, writes: 0 });
      this.opened.delete(twin);
      old.collection.close();
      this.remove(old.collection.file);
    });
  }

  async close(): Promise<void> {
    await this.turns.allIdle();
    await this.maintenance.close();
    for (const { collection } of this.opened.values()) collection.close();
    this.opened.clear();
  }

  private of(view: string): Opened {
    const opened = this.opened.get(view);
    if (!opened) throw new Error(`The view ${view} was not prepared`);
    return opened;
  }

  /** In the turn of the view, so that nobody waits for a lock while the thread has it. */
  private maintainWhenDue(view: string): void {
    const { file } = this.of(view).collection;
    if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) < WAL_BYTES) return;
    const failed = () => this.logger.warn(`The WAL of ${view} could not be moved; it will be tried again`);
    void this.turns.run(view, () => this.maintenance.do({ file }).catch(failed));
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

  private writeCurrent(): void {
    const file = join(this.folder, 'current.json');
    writeFileSync(`${file}.new`, JSON.stringify(this.current));
    renameSync(`${file}.new`, file);
  }

  private remove(file: string): void {
    for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true });
  }
}
