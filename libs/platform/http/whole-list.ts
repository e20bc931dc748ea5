import { invalid } from '#kernel/errors';
import type { Page } from '#platform/read-store/read-store';

type Place = Readonly<{ position?: number; limit: number; cursor?: string }>;

/** For what no index can narrow: the whole of a list that is short by nature, such as the inboxes of a tenant. */
export const wholeList = async <Doc>(documents: AsyncIterable<Doc>): Promise<readonly Doc[]> => {
  const found: Doc[] = [];
  for await (const document of documents) found.push(document);
  return found;
};

/**
 * A page of those of such a list that are wanted; its cursor is the key that it goes on after, be that one wanted
 * any more or not.
 */
export const pageOfWhole = <Doc>(
  whole: readonly Doc[],
  keyOf: (document: Doc) => string,
  isWanted: (document: Doc) => boolean,
  { position = 0, limit, cursor }: Place,
): Page<Doc> => {
  const at = whole.findIndex((document) => keyOf(document) === cursor);
  if (cursor !== undefined && at < 0)
    throw invalid('cursor', 'invalid', 'Send the next_cursor of the page before');
  const wanted = whole.filter(isWanted);
  const rest = cursor === undefined ? wanted.slice(position) : whole.slice(at + 1).filter(isWanted);
  const results = rest.slice(0, limit);
  const last = results.at(-1);
  const isOver = rest.length <= limit || last === undefined;
  return { results, total: wanted.length, broken: 0, nextCursor: isOver ? null : keyOf(last) };
};
