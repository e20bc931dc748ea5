import type { Scope } from '#kernel/context';
import type { Position } from '#kernel/event-store';
import type { Query } from '#kernel/projection';

/** A document with what the runner must know of it. A deleted one stays as a tombstone, `document: null`. */
export interface Stored extends Scope {
  readonly position: Position;
  readonly document: object | null;
  readonly broken?: true;
  /**
   * The revision of its stream up to which the command side saved it before its events came round (credentials);
   * the fold skips those.
   */
  readonly ahead?: Readonly<{ stream: string; revision: bigint }>;
}

/** Compare and set: written only if the stored one still has the `position` and `ahead` that were loaded. */
export type Change = Readonly<{ loaded: Stored | undefined; next: Stored }>;

export type PageRequest = Readonly<{
  /** By equality; a field of `contains` matches if one of its values does. Names must be declared. */
  filter?: Readonly<Record<string, unknown>>;
  /** Bounds on the first field of the query's `sort`: `after` and `before` are exclusive, `since` is inclusive. */
  after?: string | number;
  since?: string | number;
  before?: string | number;
  /** The other way round. */
  reverse?: boolean;
  position?: number;
  limit?: number;
  /** The `nextCursor` of the page before: pages by key, so that it costs the same however deep. */
  cursor?: string;
}>;

/** `total` is counted to 10,001; `broken` documents of the scope are left out, and counted. */
export type Page<Doc> = Readonly<{
  results: readonly Doc[];
  total: number;
  broken: number;
  nextCursor: string | null;
}>;

/** Port. Knows no caller, so features never import it: they read through `Views`. */
export abstract class ReadStore {
  /** Before anything else of a collection: it and the indexes of its queries are there afterwards. Idempotent. */
  abstract prepare(view: string, queries: readonly Query<Record<string, unknown>>[]): Promise<void>;

  abstract load(view: string, key: string): Promise<Stored | undefined>;

  /** Those of the keys that are there. */
  abstract loadAll(view: string, keys: readonly string[]): Promise<ReadonlyMap<string, Stored>>;

  /**
   * All or nothing; `WrongExpectedRevision` if a document is no longer what was loaded. The checkpoint goes with
   * the documents in one transaction; without one only documents are written.
   */
  abstract write(view: string, changes: ReadonlyMap<string, Change>, checkpoint?: Position): Promise<void>;

  /** Undefined for one that is not there. */
  abstract checkpoint(view: string): Promise<Position | undefined>;

  /** An invalid cursor is refused with `validation-failed` on `cursor`. */
  abstract find(
    view: string,
    scope: Scope | 'everyone',
    query: Query<Record<string, unknown>>,
    page: PageRequest,
  ): Promise<Page<Stored & { readonly key: string }>>;

  /** Drops every collection but these: views of an older version still hold what was erased since. */
  abstract retain(views: readonly string[]): Promise<void>;

  /**
   * An empty hidden twin of a collection, for a rebuild: its name is accepted by every other method, from other
   * threads and processes on the same store too. Its secondary indexes are made by `swap`.
   */
  abstract twin(view: string): Promise<string>;

  /** The twin answers in place of the collection from now on, and what was there before is dropped. */
  abstract swap(view: string, twin: string): Promise<void>;

  /** Of a twin that takes nothing's place: it and what is in it are gone. Nothing happens to one that has swapped. */
  abstract drop(twin: string): Promise<void>;
}
