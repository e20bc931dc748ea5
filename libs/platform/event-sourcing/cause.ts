import { randomUUID } from 'node:crypto';
import type { Actor, Context, Scope } from '#kernel/context';
import { idsFrom } from './ids.js';

type Cause = Scope & Readonly<{ actor: Actor; now: string; correlationId?: string }>;

/** The context of something that nothing before it caused: a request, a job, an operator's command. */
export const newCause = ({ tenantId, inboxId, actor, now, correlationId }: Cause): Context => {
  const causationId = randomUUID();
  return {
    tenantId,
    inboxId,
    actor,
    correlationId: correlationId ?? causationId,
    causationId,
    now,
    newId: idsFrom(causationId, now),
  };
};
