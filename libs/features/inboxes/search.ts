import { invalid } from '#kernel/errors';
import type { Page, PageRequest } from '#platform/read-store/read-store';
import type { InboxView } from './read-model.js';

export const allPages = async (
  list: (page: PageRequest) => Promise<Page<InboxView>>,
): Promise<readonly InboxView[]> => {
  const found: InboxView[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<InboxView> = await list({ limit: 200, ...(cursor && { cursor }) });
    found.push(...page.results);
    cursor = page.nextCursor;
  } while (cursor);
  return found;
};

/** Every word somewhere in address or name, whatever its case or accents. */
export const matching = (inboxes: readonly InboxView[], q: string): readonly InboxView[] => {
  const words = plain(q).split(/\s+/).filter(Boolean);
  return inboxes.filter(({ address, displayName }) => {
    const text = plain(`${address} ${displayName ?? ''}`);
    return words.every((word) => text.includes(word));
  });
};

type Place = Readonly<{ position?: number; limit: number; cursor?: string }>;

/** A page of a list that is in memory; its cursor is the id that it goes on after. */
export const pageOf = (
  inboxes: readonly InboxView[],
  { position = 0, limit, cursor }: Place,
): Page<InboxView> => {
  const at = inboxes.findIndex(({ inboxId }) => inboxId === cursor);
  if (cursor !== undefined && at < 0)
    throw invalid('cursor', 'invalid', 'Send the next_cursor of the page before');
  const from = cursor === undefined ? position : at + 1;
  const results = inboxes.slice(from, from + limit);
  const isLast = from + limit >= inboxes.length;
  return {
    results,
    total: inboxes.length,
    broken: 0,
    nextCursor: isLast ? null : (results.at(-1)?.inboxId ?? null),
  };
};

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
