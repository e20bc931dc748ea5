import { invalid } from '#kernel/errors';
import type { Page, PageRequest } from '#platform/read-store/read-store';

type Place = Readonly<{ position?: number; limit: number; cursor?: string }>;

/** For what no index can narrow: the whole of a list that is short by nature, such as the inboxes of a tenant. */
export const wholeList = async <Doc>(
  list: (page: PageRequest) => Promise<Page<Doc>>,
): Promise<readonly Doc[]> => {
  const found: Doc[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Doc> = await list({ limit: 200, ...(cursor && { cursor }) });
    found.push(...page.results);
    cursor = page.nextCursor;
  } while (cursor);
  return found;
};

/** A page of such a list; its cursor is the key that it goes on after. */
export const pageOfWhole = <Doc>(
  whole: readonly Doc[],
  keyOf: (document: Doc) => string,
  { position = 0, limit, cursor }: Place,
): Page<Doc> => {
  const at = whole.findIndex((document) => keyOf(document) === cursor);
  if (cursor !== undefined && at < 0)
    throw invalid('cursor', 'invalid', 'Send the next_cursor of the page before');
  const from = cursor === undefined ? position : at + 1;
  const results = whole.slice(from, from + limit);
  const last = results.at(-1);
  const isOver = from + limit >= whole.length || last === undefined;
  return { results, total: whole.length, broken: 0, nextCursor: isOver ? null : keyOf(last) };
};
