import { randomUUID } from 'node:crypto';
import type { Actor, Context, Scope } from '#kernel/context';
import type { Recorded } from '#kernel/messages';
import { idsFrom } from './ids.js';

type Cause = Scope & Readonly<{ actor: Actor; now: string; correlationId?: string; ip?: string | undefined }>;

/** The context of something that nothing before it caused: a request, a job, an operator's command. */
export const newCause = ({ tenantId, inboxId, actor, now, correlationId, ip }: Cause): Context => {
  const causationId = randomUUID();
  return {
    tenantId,
    inboxId,
    actor,
    ip,
    correlationId: correlationId ?? causationId,
    causationId,
    now,
    newId: idsFrom(causationId, now),
  };
};

/**
 * The context of what an event leads to. `by` names the saga, and `index` which of its commands: delivered again,
 * they are the same commands, with the same ids.
 */
export const causedBy = ({ id, metadata }: Recorded, by: string, now: string, index = 0): Context => ({
  tenantId: metadata.tenantId,
  inboxId: metadata.inboxId,
  actor: { type: 'system', id: by },
  correlationId: metadata.$correlationId,
  causationId: id,
  now,
  newId: idsFrom(`${id}/${by}/${index}`, metadata.occurredAt),
});
