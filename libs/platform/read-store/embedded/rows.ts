import type { Position } from '#kernel/event-store';
import type { Change, Stored } from '../read-store.js';
import type { Owners } from './owners.js';
import { sqlValue, type SqlValue } from './find.js';
import { fieldOf, fieldsOf, type AnyQuery } from './schema.js';

/** What is written after the owner, before the columns of the fields. */
export const WRITTEN = ['position', 'ahead_stream', 'ahead_revision', 'broken', 'gone', 'body'];
/** What a document is read from; the columns of its fields are for queries. */
export const STORED = 'key, tenant, inbox, position, ahead_stream, ahead_revision, broken, body';

/** `fields` have columns, those that sort never a null in theirs; `arrays` have terms. */
export type Layout = Readonly<{
  fields: readonly string[];
  sorted: ReadonlySet<string>;
  arrays: readonly string[];
}>;

export const layoutOf = (queries: readonly AnyQuery[]): Layout => ({
  fields: fieldsOf(queries),
  sorted: new Set(queries.flatMap(({ sort }) => sort.map(fieldOf))),
  arrays: [...new Set(queries.flatMap(({ contains = [] }) => contains))],
});

/** The values of one field that holds an array, in place of those it had. */
export type Terms = Readonly<{ field: string; isNew: boolean; values: readonly SqlValue[] }>;

/**
 * One document as it is to be written: a new one, over what was loaded, or over that and at its place in every
 * index. `loaded`: position and, saved ahead, revision. `owner`: tenant and inbox by their names, in place nothing.
 * `values`: of `WRITTEN` and the fields, in place only the position and the body.
 */
export type RowWrite = Readonly<{
  key: string;
  as: 'new' | 'changed' | 'in-place';
  owner: readonly (string | undefined)[];
  values: readonly SqlValue[];
  loaded: readonly SqlValue[];
  terms: readonly Terms[];
}>;

/** All or nothing. `tenantLevel`: for the first time there is a document of a whole tenant. */
export type WriteOrder = Readonly<{
  rows: readonly RowWrite[];
  checkpoint: number | null;
  tenantLevel: boolean;
}>;

type Fields = Readonly<Record<string, unknown>> | null;

/** `now`: Unix ms, for the age of a tombstone. */
export const rowWrite = (layout: Layout, key: string, { loaded, next }: Change, now: number): RowWrite => {
  const document = next.document as Fields;
  const [position, body] = [Number(next.position), document && JSON.stringify(document)];
  const seen = loaded ? [Number(loaded.position), loaded.ahead ? Number(loaded.ahead.revision) : null] : [];
  if (loaded && staysInPlace(layout, loaded, next))
    return { key, as: 'in-place', owner: [], values: [position, body], loaded: seen, terms: [] };
  const valueOf = (field: string) => sqlValue(document?.[field]) ?? (layout.sorted.has(field) ? '' : null);
  const owner = [next.tenantId, next.inboxId];
  const values = [
    position,
    next.ahead?.stream ?? null,
    next.ahead ? Number(next.ahead.revision) : null,
    next.broken ? 1 : 0,
    document ? null : now,
    body,
    ...layout.fields.map(valueOf),
  ];
  const terms = layout.arrays.flatMap((field) => termsOf(field, loaded?.document as Fields, document));
  return { key, as: loaded ? 'changed' : 'new', owner, values, loaded: seen, terms };
};

export type Row = Readonly<Record<string, SqlValue>>;

export const storedOf = (row: Row, owners: Owners): Stored => ({
  tenantId: String(owners.nameOf(Number(row['tenant']))),
  inboxId: owners.nameOf(Number(row['inbox'])),
  position: BigInt(Number(row['position'])) as Position,
  document: row['body'] ? (JSON.parse(String(row['body'])) as object) : null,
  ...(row['broken'] === 1 && { broken: true as const }),
  ...(row['ahead_stream'] && {
    ahead: { stream: String(row['ahead_stream']), revision: BigInt(Number(row['ahead_revision'])) },
  }),
});

/** Whether nothing but the document itself changes: no owner, no state, no field that a query goes by. */
const staysInPlace = ({ fields, arrays }: Layout, loaded: Stored, next: Stored): boolean => {
  const [before, after] = [loaded.document as Fields, next.document as Fields];
  if (!before || !after || loaded.ahead || next.ahead || loaded.broken || next.broken) return false;
  if (loaded.tenantId !== next.tenantId || loaded.inboxId !== next.inboxId) return false;
  return [...fields, ...arrays].every((field) => before[field] === after[field]);
};

const termsOf = (field: string, before: Fields | undefined, after: Fields): readonly Terms[] => {
  const valuesIn = (document: Fields | undefined) =>
    (document?.[field] as readonly unknown[] | undefined)?.map(sqlValue) ?? [];
  const [old, values] = [valuesIn(before), valuesIn(after)];
  return old.length + values.length > 0 ? [{ field, isNew: old.length === 0, values }] : [];
};
