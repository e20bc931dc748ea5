import { Injectable } from '@nestjs/common';
import { EventStore } from '#kernel/event-store';
import { TimerViews, type TimerView } from '#platform/event-sourcing/timer-view';
import { Views } from '#platform/event-sourcing/views';
import { TokenUses } from '#platform/http/token-uses';
import { shownIn } from '#platform/time/local-time';
import { utc } from '#platform/time/utc';
import { auditEntries } from '../audit/read-model.js';
import { inboxes, type InboxView } from '../inboxes/read-model.js';
import { messages, threads } from '../mailbox/read-model.js';
import { tokens } from '../tokens/read-model.js';
import { RecentActivity } from './activity.js';
import type {
  HandoffBody,
  HandoffInboxBody,
  MissedReplyBody,
  NextTimerBody,
  OpenThreadBody,
  PausedTokenBody,
  RelationshipBody,
} from './bodies.js';
import { Correspondence, type Inbox, type MissedReply, type OpenThread } from './correspondence.js';
import { heldDeliveries } from './read-model.js';
import type { Relationship } from './relationships.js';

const TIMERS = 20;

const SHOWN = [inboxes, tokens, messages, threads, auditEntries, heldDeliveries];

/** Everything that whoever takes over from an agent must know, as it stands at this moment; it changes nothing. */
@Injectable()
export class Handoff {
  constructor(
    private readonly views: Views,
    private readonly log: EventStore,
    private readonly correspondence: Correspondence,
    private readonly activity: RecentActivity,
    private readonly timers: TimerViews,
    private readonly uses: TokenUses,
  ) {}

  async of(scope: Inbox, now: string): Promise<HandoffBody> {
    const position = await this.log.head();
    await Promise.all(SHOWN.map((view) => this.views.reached(view)));
    const inbox = await this.views.for(scope).need(inboxes, scope.inboxId);
    const threshold = inbox.config?.missedReplyThresholdDays ?? null;
    const zone = inbox.config?.defaultTimezone ?? null;
    const [paused, open, missed, activity, relationships, held, timers] = await Promise.all([
      this.pausedTokens(scope),
      this.correspondence.openThreads(scope, now),
      threshold === null ? [] : this.correspondence.missedReplies(scope, threshold, now),
      this.activity.of(scope),
      this.correspondence.relationships(scope, now),
      this.heldSends(scope),
      this.nextTimers(scope),
    ]);
    return {
      inbox: inboxBody(inbox),
      generated_at: utc(now),
      log_position: String(position),
      paused_tokens: paused,
      open_threads: open.map(threadBody(zone)),
      missed_replies: missed.map(missedBody(zone)),
      recent_activity: activity,
      active_relationships: relationships.map(relationshipBody),
      pending_approvals: [],
      held_sends: held,
      next_timers: timers,
    };
  }

  private async pausedTokens(scope: Inbox): Promise<readonly PausedTokenBody[]> {
    const views = this.views.for(scope);
    const { results } = await views.list(tokens, 'newest', { filter: { status: 'paused' }, limit: 200 });
    return Promise.all(
      results.map(async ({ tokenId, label, createdAt }) => {
        const pause = { filter: { resourceId: tokenId, action: 'token.paused' }, limit: 1 };
        const paused = await views.list(auditEntries, 'newest', pause);
        return {
          token_id: tokenId,
          label,
          paused_at: utc(paused.results[0]?.at ?? createdAt),
          last_used_at: utc(await this.uses.last(tokenId)),
        };
      }),
    );
  }

  private async heldSends(scope: Inbox): Promise<number> {
    const held = await this.views.for(scope).all(heldDeliveries, 'all');
    return new Set(held.map(({ messageId }) => messageId)).size;
  }

  private async nextTimers(scope: Inbox): Promise<readonly NextTimerBody[]> {
    return (await this.timers.next(scope, TIMERS)).map(timerBody);
  }
}

const inboxBody = (inbox: InboxView): HandoffInboxBody => ({
  inbox_id: inbox.inboxId,
  address: inbox.address,
  display_name: inbox.displayName,
  status: inbox.status,
  agent_access: inbox.agentAccess,
  owner_user_id: inbox.ownerUserId,
  created_at: utc(inbox.createdAt),
  closing_at: utc(inbox.closingAt),
  purge_at: utc(inbox.purgeAt),
});

const threadBody =
  (zone: string | null) =>
  (thread: OpenThread): OpenThreadBody => ({
    thread_id: thread.threadId,
    subject: thread.subject,
    participants: thread.participants,
    last_message_at: shownIn(zone, thread.lastMessageAt),
    last_direction: thread.lastDirection,
    message_count: thread.messageCount,
    unread_count: thread.unreadCount,
    labels: [],
  });

const missedBody =
  (zone: string | null) =>
  ({ message, daysWaiting }: MissedReply): MissedReplyBody => ({
    thread_id: message.threadId,
    message_id: message.messageId,
    subject: message.subject,
    to: message.to,
    sent_at: shownIn(zone, message.sentAt ?? message.at),
    days_waiting: daysWaiting,
  });

const relationshipBody = (relationship: Relationship): RelationshipBody => ({
  contact_id: null,
  address: relationship.address,
  name: relationship.name,
  last_interaction_at: utc(relationship.lastInteractionAt),
  interaction_count: relationship.interactionCount,
});

const timerBody = ({ process, dueAt, stream }: TimerView): NextTimerBody => ({
  type: process,
  due_at: utc(dueAt),
  subject_id: stream.slice(stream.indexOf('-') + 1),
});
