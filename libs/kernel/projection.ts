import type { Event, OfType, Recorded } from './messages.js';

type Field<Doc> = keyof Doc & string;

/**
 * A query is an order within a scope (`-` descends) and the fields that it may be narrowed by, each of which gets an
 * index together with the order. Those of `contains` hold arrays, and match by each of their values.
 */
export type Query<Doc> = Readonly<{
  filter?: readonly Field<Doc>[];
  contains?: readonly Field<Doc>[];
  /** How widely it is asked, which is what its indexes begin with; `inbox` unless told. */
  reach?: 'inbox' | 'tenant' | 'everyone';
  sort: readonly (Field<Doc> | `-${Field<Doc>}`)[];
}>;

/** A read model as a pure fold. Every event of `E` is folded: one that does not matter is not part of `E`. */
export interface Projection<Doc extends object, E extends Event, Queries extends string = never> {
  /** Together they name the collection and its checkpoint; a new version is rebuilt beside the old one. */
  readonly name: string;
  readonly version: number;
  /** The document, or the documents, that an event touches. */
  readonly key: (event: Recorded<E>) => string | readonly string[];
  readonly queries: { readonly [Name in Queries]: Query<Doc> };
  /** Personal fields are opened only for a view that shows them; others see the placeholders. */
  readonly personal?: true;
  /** So is where the caller of each event was. */
  readonly callers?: true;
  readonly on: {
    readonly [Type in E['type']]: (
      document: Doc | null,
      event: Recorded<OfType<E, Type>>,
      key: string,
    ) => Doc | null;
  };
}

/** The type of every projection, for lists of them; each was checked where it was defined. */
export type AnyProjection = Projection<never, never>;

export const projection = <Doc extends object, E extends Event, Queries extends string = never>(
  definition: Projection<Doc, E, Queries>,
) => definition;

export const collectionOf = ({ name, version }: AnyProjection): string => `${name}_v${version}`;

export const project = <Doc extends object, E extends Event, Queries extends string>(
  { on }: Projection<Doc, E, Queries>,
  document: Doc | null,
  event: Recorded<E>,
  key: string,
): Doc | null => {
  const apply = on[event.type as E['type']] as (d: Doc | null, e: Recorded<E>, key: string) => Doc | null;
  return apply(document, event, key);
};

/** The document of a resource that lives in one stream, from the events in hand, without the read store. */
export const replay = <Doc extends object, E extends Event, Queries extends string>(
  view: Projection<Doc, E, Queries>,
  key: string,
  events: readonly Recorded[],
): Doc => {
  const document = events
    .filter((event): event is Recorded<E> => Object.hasOwn(view.on, event.type))
    .filter((event) => [view.key(event)].flat().includes(key))
    .reduce<Doc | null>((before, event) => project(view, before, event, key), null);
  if (!document) throw new Error(`These events leave no document ${key} in ${view.name}`);
  return document;
};
