import { Injectable } from '@nestjs/common';
import type { ScopedViews } from '#platform/event-sourcing/scoped-views';
import { Views } from '#platform/event-sourcing/views';
import { utc } from '#platform/time/utc';
import { actorLabels, auditEntries, isRoutine, type AuditEntryView } from '../audit/read-model.js';
import { messages } from '../mailbox/read-model.js';
import type { FeedEventBody } from './bodies.js';
import type { Inbox } from './correspondence.js';

const ENTRIES = 30;
/** However much is marked and moved, so far back is looked. */
const LOOKED_AT = 3_000;
const SUBJECT = 120;

/**
 * What happened in an inbox lately, newest first; unlike the audit it says whom a message is from and what about, and
 * nothing of mail that was but marked or moved.
 */
@Injectable()
export class RecentActivity {
  constructor(private readonly views: Views) {}

  async of({ tenantId, inboxId }: Inbox): Promise<readonly FeedEventBody[]> {
    const views = this.views.for({ tenantId });
    const results = await latest(views, inboxId);
    const labels = await actorLabels(views, results);
    return Promise.all(
      results.map(async (entry) => ({
        id: entry.auditId,
        inbox_id: inboxId,
        type: entry.action,
        resource_id: entry.resourceId,
        summary: await summaryOf(views, entry),
        actor: {
          type: entry.actorType,
          id: entry.actorId,
          label: labels.get(entry.actorId) ?? entry.actorId,
        },
        occurred_at: utc(entry.at),
      })),
    );
  }
}

const latest = async (views: ScopedViews, inboxId: string): Promise<readonly AuditEntryView[]> => {
  const found: AuditEntryView[] = [];
  let seen = 0;
  for await (const entry of views.each(auditEntries, 'newest', { filter: { inboxId } })) {
    if (!isRoutine(entry)) found.push(entry);
    seen += 1;
    if (found.length === ENTRIES || seen === LOOKED_AT) break;
  }
  return found;
};

const summaryOf = async (views: ScopedViews, entry: AuditEntryView): Promise<string> => {
  const message = entry.resourceType === 'message' ? await views.get(messages, entry.resourceId) : null;
  if (!message) return entry.summary;
  const subject = message.subject.slice(0, SUBJECT) || '(no subject)';
  if (message.direction === 'inbound') return `From ${message.from?.email ?? 'nobody'}: ${subject}`;
  return `To ${message.to.map(({ email }) => email).join(', ') || 'nobody'}: ${subject}`;
};
