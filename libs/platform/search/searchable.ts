import type { Event, OfType, Recorded } from '#kernel/messages';

/** What an event says of a document: its fields now, or that it is gone. `content`: a blob to read more from. */
export type SearchEntry = Readonly<{
  key: string;
  document: Readonly<{
    at: string;
    fields: Readonly<Record<string, string>>;
    content?: string | null;
  }> | null;
}>;

/**
 * What of a feature's events can be searched. Personal fields are opened for it; of an event whose data are erased
 * nothing is kept, whatever `on` makes of it.
 */
export interface SearchableEvents<E extends Event> {
  /** Together they name the index; a new version is filled anew. */
  readonly name: string;
  readonly version: number;
  readonly fields: readonly string[];
  readonly on: { readonly [Type in E['type']]: (event: Recorded<OfType<E, Type>>) => SearchEntry };
  /** Fields out of the blob. */
  readonly read: (content: Buffer) => Readonly<Record<string, string>>;
}

/** The type of all of them, for lists; each was checked where it was defined. */
export type AnySearchable = SearchableEvents<never>;

export const searchable = <E extends Event>(definition: SearchableEvents<E>) => definition;

export const indexOf = ({ name, version }: AnySearchable): string => `${name}_v${version}`;
