import type { Actor } from '#kernel/context';
import type { Recorded } from '#kernel/messages';
import { projection, type Projection } from '#kernel/projection';
import { idsFrom } from '#platform/event-sourcing/ids';
import type { ScopedViews } from '#platform/event-sourcing/scoped-views';
import { users } from '../accounts/read-model.js';
import { tokens } from '../tokens/read-model.js';
import { AUDITED_TYPES, MESSAGE_CHANGED, told, type Audited } from './entries.js';

/** `at`: ISO 8601, UTC. `revision`: orders what happened to one thing at one moment. */
export type AuditEntryView = Readonly<{
  auditId: string;
  at: string;
  revision: number;
  inboxId: string | null;
  actorId: string;
  actorType: Actor['type'];
  ip: string | null;
  action: string;
  resourceType: string;
  resourceId: string;
  summary: string;
  changes: Readonly<Record<string, unknown>>;
  correlationId: string;
}>;

const entry = (event: Recorded<Audited>, auditId: string): AuditEntryView | null => {
  const { data, metadata, revision } = event;
  const story = told(event);
  if (!story) return null;
  return {
    auditId,
    at: metadata.occurredAt,
    revision: Number(revision),
    inboxId: ('inboxId' in data ? data.inboxId : metadata.inboxId) ?? null,
    actorId: metadata.actor.id,
    actorType: metadata.actor.type,
    ip: metadata.ip ?? null,
    action: story.action,
    resourceType: story.resource.type,
    resourceId: story.resource.id,
    summary: story.summary,
    changes: story.changes ?? {},
    correlationId: metadata.$correlationId,
  };
};

const on = Object.fromEntries(
  AUDITED_TYPES.map((type) => [type, (_: unknown, event: Recorded<Audited>, id: string) => entry(event, id)]),
) as unknown as Projection<AuditEntryView, Audited>['on'];

/** One document an event, under an id derived from it; each is written once and never changes. */
export const auditEntries = projection<AuditEntryView, Audited, 'newest'>({
  name: 'audit-entries',
  version: 3,
  key: (event) => (told(event) ? idsFrom(event.id, event.metadata.occurredAt)('aud') : []),
  queries: {
    newest: {
      reach: 'tenant',
      filter: ['inboxId', 'actorId', 'action', 'resourceType', 'resourceId'],
      sort: ['-at', '-revision'],
    },
  },
  callers: true,
  on,
});

/** What would hide everything else from who looks for what happened lately. */
export const isRoutine = ({ action }: AuditEntryView): boolean => action === MESSAGE_CHANGED;

/** Names for those who did something, as they are called now; by their ids, which name whoever is gone or no person. */
export const actorLabels = async (
  views: ScopedViews,
  entries: readonly AuditEntryView[],
): Promise<ReadonlyMap<string, string>> => {
  const actors = new Map(entries.map(({ actorId, actorType }) => [actorId, actorType]));
  const labelOf = async (id: string, type: string) => {
    if (type === 'user') return (await views.get(users, id))?.email ?? id;
    return type === 'token' ? ((await views.get(tokens, id))?.label ?? id) : id;
  };
  return new Map(
    await Promise.all([...actors].map(async ([id, type]) => [id, await labelOf(id, type)] as const)),
  );
};
