import { createHash } from 'node:crypto';
import { invalid } from '#kernel/errors';

const LENGTH = 6;
const marks = new Map<string, string>();

/** What the cursors of a list begin with: in another list the same place would be somewhere else. */
const markOf = (list: string): string => {
  const mark = marks.get(list) ?? createHash('sha256').update(list).digest('base64url').slice(0, LENGTH);
  marks.set(list, mark);
  return mark;
};

/** A place in a list, as it goes out; null where the list ends. `list`: its name, of few that there are. */
export const cursorOf = (list: string, place: string | null): string | null =>
  place === null ? null : markOf(list) + place;

/** The place that a cursor of this list names; any other is refused. */
export const placeOf = (list: string, cursor: string): string => {
  if (!cursor.startsWith(markOf(list)))
    throw invalid('cursor', 'invalid', 'Send the next_cursor of the page before');
  return cursor.slice(LENGTH);
};
