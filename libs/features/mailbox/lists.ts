import { Injectable } from '@nestjs/common';
import { inboxOf, type Context } from '#kernel/context';
import { canonicalAddress } from '#mail/address/mailbox';
import type { ScopedViews } from '#platform/event-sourcing/scoped-views';
import { Views } from '#platform/event-sourcing/views';
import { present } from '#platform/http/input';
import { placeOf } from '#platform/http/page';
import type { Page } from '#platform/read-store/read-store';
import { SearchIndex, type SearchWord } from '#platform/search/search-index';
import { indexOf } from '#platform/search/searchable';
import { boundsOf } from '#platform/time/bound';
import { inboxes } from '../inboxes/read-model.js';
import { pageOf } from './found.js';
import type { MessagesQuery, ThreadsQuery } from './queries.js';
import { messages, threads, type MessageView } from './read-model.js';
import { searchedMessages, wordsOf } from './search.js';
import { survivorOf } from './survivor.js';
import type { ThreadView } from './thread-summary.js';

/** More hits than this are not looked at: what a page counts to. */
const MOST_FOUND = 10_001;
const AT_ONCE = 500;
const WHOLE_ADDRESS = /^[^\s@]+@[^\s@][^\s@.]*\.[^\s@]+$/;

/** Pages of messages and threads: by a query of the view, or of what the search found. */
@Injectable()
export class MailLists {
  constructor(
    private readonly views: Views,
    private readonly index: SearchIndex,
  ) {}

  async messages(query: MessagesQuery, context: Context): Promise<Page<MessageView>> {
    const views = this.views.forInbox(context);
    const { q, subject } = query;
    const [from, to] = [asStored(query.from), asStored(query.to)];
    const filter = {
      ...folderOf(query),
      ...(query.direction && { direction: query.direction }),
      ...(query.is_read !== undefined && { isRead: query.is_read }),
      ...(query.has_attachments !== undefined && { hasAttachments: query.has_attachments }),
      ...(query.thread_id !== undefined && { threadId: await survivorOf(views, query.thread_id) }),
    };
    const place = { ...placeOf(query), ...(await this.bounds(query, context)), filter };
    const words = wordsOf(present({ q, from, to, subject }));
    if (words.length === 0) return views.list(messages, 'byTime', place);
    const found = await this.found(views, words, context);
    const wanted = found.filter((message) => isFrom(message, from) && isTo(message, to));
    return pageOf(wanted, place, {
      list: 'messages/found',
      at: ({ at }) => at,
      id: ({ messageId }) => messageId,
    });
  }

  /** A thread is found by any of its messages. */
  async threads(query: ThreadsQuery, context: Context): Promise<Page<ThreadView>> {
    const views = this.views.forInbox(context);
    const filter = folderOf(query);
    const place = { ...placeOf(query), ...(await this.bounds(query, context)), filter };
    const words = wordsOf(present({ q: query.q }));
    if (words.length === 0) return views.list(threads, 'byTime', place);
    const found = await this.found(views, words, context);
    const ids = [...new Set(found.map(({ threadId }) => threadId))];
    const wanted = await inParts(ids, (part) => views.getAll(threads, part));
    return pageOf(wanted, place, {
      list: 'threads/found',
      at: ({ lastMessageAt }) => lastMessageAt,
      id: ({ threadId }) => threadId,
    });
  }

  /** The zone in which times of an inbox are shown and read; null: UTC. */
  async zoneOf(context: Context, inboxId = inboxOf(context)): Promise<string | null> {
    const inbox = await this.views.for({ tenantId: context.tenantId, inboxId }).get(inboxes, inboxId);
    return inbox?.config?.defaultTimezone ?? null;
  }

  private async found(views: ScopedViews, words: readonly SearchWord[], context: Context) {
    // Who sees a message in a list finds it by its words as well.
    await this.views.reachedByIndex(searchedMessages);
    const scope = { tenantId: context.tenantId, inboxId: inboxOf(context) };
    const ids = await this.index.search(indexOf(searchedMessages), scope, words, MOST_FOUND);
    return inParts(ids, (part) => views.getAll(messages, part));
  }

  private async bounds(query: ThreadsQuery, context: Context) {
    if (query.after === undefined && query.before === undefined) return {};
    return boundsOf(query, (await this.zoneOf(context)) ?? 'utc', context.now);
  }
}

const folderOf = ({ folder, label_id }: ThreadsQuery) => ({
  ...(folder ? { folder } : { listed: true }),
  ...(label_id !== undefined && { labelIds: label_id }),
});

/** A whole address in the form that mail is kept with, however its domain was written. */
const asStored = (asked: string | undefined) =>
  asked !== undefined && WHOLE_ADDRESS.test(asked.trim()) ? canonicalAddress(asked.trim()) : asked;

/** The words of an address are a prefix of other addresses too. */
const isFrom = ({ from }: MessageView, asked = '') =>
  !WHOLE_ADDRESS.test(asked.trim()) || names(from?.email, asked);
const isTo = ({ to, cc }: MessageView, asked = '') =>
  !WHOLE_ADDRESS.test(asked.trim()) || [...to, ...cc].some(({ email }) => names(email, asked));
const names = (email: string | undefined, asked: string) =>
  email?.toLowerCase() === asked.trim().toLowerCase();

const inParts = async <Doc>(
  ids: readonly string[],
  load: (part: readonly string[]) => Promise<readonly Doc[]>,
): Promise<readonly Doc[]> => {
  const documents: Doc[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE)
    documents.push(...(await load(ids.slice(at, at + AT_ONCE))));
  return documents;
};
