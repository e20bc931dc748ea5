import type { Event, Metadata, Recorded } from '#kernel/messages';
import { NOW } from './context.js';

/** The event as it comes out of the log. */
export const recorded = <E extends Event>(event: E, revision = 0n): Recorded<E> => ({
  ...event,
  id: `00000000-0000-4000-8000-${String(revision).padStart(12, '0')}`,
  stream: 'spec-1',
  revision,
  metadata: METADATA,
});

export const METADATA: Metadata = {
  schemaVersion: 1,
  occurredAt: NOW,
  $correlationId: 'spec',
  $causationId: 'spec',
  actor: { type: 'token', id: 'tok_acme' },
  tenantId: 'ten_acme',
  inboxId: 'inb_acme',
};
