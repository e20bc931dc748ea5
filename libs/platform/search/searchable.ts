import type { Event, OfType, Recorded } from '#kernel/messages';

/** What an event says of a document: its fields now, or that it is gone. `content`: where there is more of it. */
export type SearchEntry<Place> = Readonly<{
  key: string;
  document: Readonly<{ at: string; fields: Fields; content: Place }> | null;
}>;

type Fields = Readonly<Record<string, string>>;

/** Reads what an event only tells the place of; null where it is erased. A provider of the feature. */
export abstract class SearchedContent<Place> {
  abstract fields(place: Place): Promise<Fields | null>;
}

/**
 * What of a feature's events can be searched. Personal fields are opened for it; of an event whose data are erased
 * nothing is kept, whatever `on` makes of it.
 */
export interface SearchableEvents<E extends Event, Place> {
  /** Together they name the index; a new version is filled anew. */
  readonly name: string;
  readonly version: number;
  readonly fields: readonly string[];
  readonly on: { readonly [Type in E['type']]: (event: Recorded<OfType<E, Type>>) => SearchEntry<Place> };
  readonly content: abstract new (...given: never[]) => SearchedContent<Place>;
}

/** The type of all of them, for lists; each was checked where it was defined. */
export type AnySearchable = SearchableEvents<never, never>;

export const searchable = <E extends Event, Place>(definition: SearchableEvents<E, Place>) => definition;

export const indexOf = ({ name, version }: AnySearchable): string => `${name}_v${version}`;

/** The name of who fills the index; the index itself may be called like a view. */
export const followerOf = (searchable: AnySearchable): string => `search ${indexOf(searchable)}`;
