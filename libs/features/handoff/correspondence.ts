import { Injectable } from '@nestjs/common';
import type { ScopedViews } from '#platform/event-sourcing/scoped-views';
import { Views } from '#platform/event-sourcing/views';
import { later } from '#platform/time/later';
import type { MailAddress } from '../mailbox/events.js';
import { messages, threads, type MessageView } from '../mailbox/read-model.js';
import { Relationships, type Relationship } from './relationships.js';

export type Inbox = Readonly<{ tenantId: string; inboxId: string }>;
export type OpenThread = Readonly<{
  threadId: string;
  subject: string;
  participants: readonly MailAddress[];
  lastMessageAt: string;
  messageCount: number;
  unreadCount: number;
  lastDirection: MessageView['direction'] | null;
}>;
export type MissedReply = Readonly<{ message: MessageView; daysWaiting: number }>;

const DAY_MS = 86_400_000;
const RECENT_DAYS = 30;
const OPEN_THREADS = 20;
const TOP_RELATIONSHIPS = 10;
/** An answer that did not come in a year will not come any more. */
const MISSED_DAYS = 365;
const MISSED_REPLIES = 100;
/** However busy an inbox is, so much of it is looked at. */
const LOOKED_AT = 5_000;

/** What the mail of an inbox says to whoever takes it over. */
@Injectable()
export class Correspondence {
  constructor(private readonly views: Views) {}

  async openThreads(inbox: Inbox, now: string): Promise<readonly OpenThread[]> {
    const views = this.views.for(inbox);
    const open: OpenThread[] = [];
    const listed = { filter: { listed: true }, since: daysBefore(now, RECENT_DAYS) };
    for await (const thread of some(views.each(threads, 'byTime', listed))) {
      if (thread.folder === 'archive') continue;
      open.push({ ...thread, lastDirection: await lastDirection(views, thread.threadId) });
      if (open.length === OPEN_THREADS) break;
    }
    return open;
  }

  async relationships(inbox: Inbox, now: string): Promise<readonly Relationship[]> {
    const relationships = new Relationships();
    const since = daysBefore(now, RECENT_DAYS);
    const recent = { filter: { listed: true }, since };
    const views = this.views.for(inbox);
    for await (const message of some(views.each(messages, 'byTime', recent))) relationships.add(message);
    return relationships.top(TOP_RELATIONSHIPS);
  }

  /** Our last message of a thread, older than the threshold and unanswered; those that wait longest come last. */
  async missedReplies(inbox: Inbox, thresholdDays: number, now: string): Promise<readonly MissedReply[]> {
    const views = this.views.for(inbox);
    const missed: MissedReply[] = [];
    const seen = new Set<string>();
    const outbound = {
      filter: { direction: 'outbound' },
      since: daysBefore(now, MISSED_DAYS + thresholdDays),
      before: daysBefore(now, thresholdDays),
    };
    for await (const message of some(views.each(messages, 'byTime', outbound))) {
      if (seen.has(message.threadId)) continue;
      seen.add(message.threadId);
      if (!isWaiting(message) || (await wentOn(views, message))) continue;
      missed.push({ message, daysWaiting: daysBetween(message.at, now) });
      if (missed.length === MISSED_REPLIES) break;
    }
    return missed;
  }
}

/** What never reached anybody is waited for by nobody. */
const isWaiting = ({ listed, sentAt, status }: MessageView): boolean =>
  listed && sentAt !== null && status !== 'bounced' && status !== 'failed';

/** Something that a person wrote came later, from either side. */
const wentOn = async (views: ScopedViews, { threadId, at }: MessageView): Promise<boolean> => {
  const later = { filter: { threadId }, after: at };
  for await (const { automatic } of some(views.each(messages, 'byTime', later))) if (!automatic) return true;
  return false;
};

const lastDirection = async (views: ScopedViews, threadId: string) => {
  const last = await views.list(messages, 'byTime', { filter: { threadId }, limit: 1 });
  return last.results[0]?.direction ?? null;
};

/** The first of them. */
async function* some<Doc>(documents: AsyncIterable<Doc>): AsyncIterable<Doc> {
  let seen = 0;
  for await (const document of documents) {
    yield document;
    seen += 1;
    if (seen === LOOKED_AT) return;
  }
}

const daysBefore = (now: string, days: number): string => later(now, -days * DAY_MS);

const daysBetween = (from: string, to: string): number =>
  Math.floor((Date.parse(to) - Date.parse(from)) / DAY_MS);
