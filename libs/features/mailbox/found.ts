import { invalid } from '#kernel/errors';
import { cursorOf, placeOf } from '#platform/event-sourcing/cursors';
import type { Page, PageRequest } from '#platform/read-store/read-store';

/** The order of a list: by time, ties by id; and its name, for its cursors. */
type Order<Doc> = Readonly<{ list: string; at: (document: Doc) => string; id: (document: Doc) => string }>;

/**
 * A page of documents in memory, as the read store would answer it: newest first, narrowed and bounded. The cursor
 * names a place and not a document, so it holds when that one is gone.
 */
export const pageOf = <Doc extends object>(
  documents: readonly Doc[],
  { filter = {}, after, before, reverse, position = 0, limit = 50, cursor }: PageRequest,
  { list, at, id }: Order<Doc>,
): Page<Doc> => {
  const whereIs = (document: Doc): Place => [at(document), id(document)];
  const direction = reverse ? 1 : -1;
  const order = (a: Place, b: Place) => direction * compare(a, b);
  const fits = (document: Doc) =>
    Object.entries(filter).every(([name, value]) => holds(document[name as keyof Doc], value)) &&
    (after === undefined || at(document) > after) &&
    (before === undefined || at(document) < before);
  const rows = documents.filter(fits).sort((a, b) => order(whereIs(a), whereIs(b)));
  const last = cursor === undefined ? null : decode(placeOf(list, cursor));
  const rest = last ? rows.filter((document) => order(whereIs(document), last) > 0) : rows.slice(position);
  const results = rest.slice(0, limit);
  const end = results.at(-1);
  return {
    results,
    total: rows.length,
    broken: 0,
    nextCursor: cursorOf(list, rest.length > limit && end ? encode(whereIs(end)) : null),
  };
};

type Place = readonly [at: string, id: string];

const compare = ([atA, idA]: Place, [atB, idB]: Place): number =>
  atA === atB ? (idA < idB ? -1 : Number(idA > idB)) : atA < atB ? -1 : 1;

const holds = (stored: unknown, value: unknown): boolean =>
  Array.isArray(stored) ? stored.includes(value) : stored === value;

const encode = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

const decode = (cursor: string): Place => {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(place) && place.length === 2 && place.every((part) => typeof part === 'string'))
      return place as unknown as Place;
  } catch {
    // Not one of ours either.
  }
  throw invalid('cursor', 'invalid', 'Send the next_cursor of the page before');
};
