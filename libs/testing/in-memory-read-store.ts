import { setImmediate } from 'node:timers/promises';
import { isWithin, type Scope } from '#kernel/context';
import { invalid, WrongExpectedRevision } from '#kernel/errors';
import type { Position } from '#kernel/event-store';
import type { Query } from '#kernel/projection';
import {
  ReadStore,
  type Change,
  type Page,
  type PageRequest,
  type Stored,
} from '#platform/read-store/read-store';

type Row = readonly [key: string, stored: Stored];

/** Writes land a little later, as in any real store, so that a spec notices what forgot to wait. */
export class InMemoryReadStore extends ReadStore {
  private readonly views = new Map<string, Map<string, Stored>>();
  private readonly checkpoints = new Map<string, Position>();

  async prepare(): Promise<void> {}

  async load(view: string, key: string): Promise<Stored | undefined> {
    return this.documents(view).get(key);
  }

  async loadAll(view: string, keys: readonly string[]): Promise<ReadonlyMap<string, Stored>> {
    const documents = this.documents(view);
    return new Map(
      keys.flatMap((key) => {
        const found = documents.get(key);
        return found ? [[key, found] as const] : [];
      }),
    );
  }

  async write(view: string, changes: ReadonlyMap<string, Change>, checkpoint?: Position): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    const documents = this.documents(view);
    for (const [key, { loaded }] of changes) {
      const current = documents.get(key);
      const isSame =
        current?.position === loaded?.position && current?.ahead?.revision === loaded?.ahead?.revision;
      if (!isSame) throw new WrongExpectedRevision();
    }
    for (const [key, { next }] of changes) documents.set(key, next);
    if (checkpoint !== undefined && checkpoint > (this.checkpoints.get(view) ?? -1n))
      this.checkpoints.set(view, checkpoint);
  }

  async checkpoint(view: string): Promise<Position | undefined> {
    return this.checkpoints.get(view);
  }

  async find(
    view: string,
    scope: Scope | 'everyone',
    { filter = [], contains = [], sort }: Query<Record<string, unknown>>,
    { filter: values = {}, after, since, before, reverse, position = 0, limit = 50, cursor }: PageRequest,
  ): Promise<Page<Stored & { readonly key: string }>> {
    const unknown = Object.keys(values).find((name) => ![...filter, ...contains].includes(name));
    if (unknown) throw new Error(`The query of ${view} has no filter "${unknown}"`);
    const [first = ''] = sort;
    const bounded = (row: Row) => {
      const value = field(row, first.replace(/^-/, '')) as string | number;
      return (
        (after === undefined || value > after) &&
        (since === undefined || value >= since) &&
        (before === undefined || value < before)
      );
    };
    const visible = [...this.documents(view)].filter(
      ([, stored]) => scope === 'everyone' || isWithin(stored, scope),
    );
    const rows = visible
      .filter(([, { document, broken }]) => document && !broken)
      .filter((row) => Object.entries(values).every(([name, value]) => holds(field(row, name), value)))
      .filter(bounded)
      .sort((a, b) => sort.reduce((order, name) => order || compare(a, b, name), 0) || byKey(a, b, sort));
    if (reverse) rows.reverse();
    const at = cursor ? rows.findIndex(([key]) => key === cursor) : -1;
    if (cursor && at < 0) throw invalid('cursor', 'invalid', 'Send the next_cursor of the page before');
    const from = cursor ? at + 1 : position;
    const page = rows.slice(from, from + limit);
    return {
      results: page.map(([key, stored]) => ({ ...stored, key })),
      total: rows.length,
      broken: visible.filter(([, { broken }]) => broken).length,
      nextCursor: from + limit < rows.length ? (page.at(-1)?.[0] ?? null) : null,
    };
  }

  async retain(views: readonly string[]): Promise<void> {
    for (const view of this.views.keys()) if (!views.includes(view)) this.views.delete(view);
  }

  async twin(view: string): Promise<string> {
    const name = `${view}~twin`;
    this.views.delete(name);
    this.checkpoints.delete(name);
    return name;
  }

  async swap(view: string, twin: string): Promise<void> {
    this.views.set(view, this.documents(twin));
    const checkpoint = this.checkpoints.get(twin);
    if (checkpoint !== undefined && checkpoint > (this.checkpoints.get(view) ?? -1n))
      this.checkpoints.set(view, checkpoint);
    await this.drop(twin);
  }

  async drop(twin: string): Promise<void> {
    this.views.delete(twin);
    this.checkpoints.delete(twin);
  }

  private documents(view: string): Map<string, Stored> {
    const documents = this.views.get(view) ?? new Map<string, Stored>();
    this.views.set(view, documents);
    return documents;
  }
}

/** Ties go by key, in the direction of the last field. */
const byKey = ([a]: Row, [b]: Row, sort: readonly string[]) =>
  (a < b ? -1 : 1) * (sort.at(-1)?.startsWith('-') ? -1 : 1);

const holds = (stored: unknown, value: unknown) =>
  Array.isArray(stored) ? stored.includes(value) : stored === value;

const field = ([, { document }]: Row, name: string) => (document as Record<string, string | number>)[name];

const compare = (a: Row, b: Row, name: string): number => {
  if (name.startsWith('-')) return compare(b, a, name.slice(1));
  const [left, right] = [field(a, name) ?? '', field(b, name) ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
};
