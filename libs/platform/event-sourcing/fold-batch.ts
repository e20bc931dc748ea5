import { Logger } from '@nestjs/common';
import { isDomainError, reasonOf } from '#kernel/errors';
import type { Committed, LogBatch } from '#kernel/event-store';
import { project } from '#kernel/projection';
import type { Change, ReadStore, Stored } from '#platform/read-store/read-store';
import type { RunnableProjection } from './features.js';

const logger = new Logger('Projections');
const ATTEMPTS = 5;

/**
 * Loads the documents that a batch touches, folds, and writes them together with the checkpoint. Another runner
 * that was faster changes nothing: what it folded is loaded again and skipped.
 */
export const foldBatch = async (
  store: ReadStore,
  collection: string,
  view: RunnableProjection,
  { events, upTo }: LogBatch,
): Promise<void> => {
  const keysOf = events.map((event) => [view.key(event)].flat());
  const keys = [...new Set(keysOf.flat())];
  for (let attempt = 1; ; attempt += 1) {
    const stored = await store.loadAll(collection, keys);
    const changes = new Map<string, Change>();
    for (const [index, event] of events.entries())
      for (const key of keysOf[index] ?? []) {
        const loaded = stored.get(key);
        const next = advance(view, changes.get(key)?.next ?? loaded, event, key);
        if (next !== loaded) changes.set(key, { loaded, next });
      }
    try {
      return await store.write(collection, changes, upTo);
    } catch (error) {
      if (!isDomainError(error) || error.code !== 'concurrent-change' || attempt === ATTEMPTS) throw error;
    }
  }
};

/** A fold that throws is a bug that no retry mends: it breaks this document, and nothing else. */
const advance = (
  view: RunnableProjection,
  stored: Stored | undefined,
  event: Committed,
  key: string,
): Stored => {
  if (stored && (stored.broken || event.position <= stored.position)) return stored;
  if (stored?.ahead?.stream === event.stream && event.revision <= stored.ahead.revision)
    return { ...stored, position: event.position };
  // A name that was given up is of whoever takes it next.
  const { tenantId, inboxId } = stored?.document ? stored : event.metadata;
  const next = { tenantId, inboxId, position: event.position };
  const document = stored?.document ?? null;
  try {
    return { ...next, document: project(view, document, event, key) };
  } catch (error) {
    logger.error(`${view.name} is broken at ${event.stream}@${event.revision}: ${reasonOf(error)}`);
    return { ...next, document, broken: true };
  }
};
