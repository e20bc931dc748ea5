import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START } from '#kernel/event-store';
import type { NewEvent } from '#kernel/messages';
import { EmbeddedEventStore } from '#platform/event-store/embedded/event-store';
import { print, rate } from './figure.js';

const MILLISECONDS = 4_000;

/** 1 KB of data and metadata, as a message's event has it. */
const oneKilobyte = (): NewEvent => ({
  type: 'MessageReceived',
  id: randomUUID(),
  data: { messageId: 'msg_01J8ZQ6Q6Q6Q6Q6Q6Q6Q6Q6Q6Q', text: 'x'.repeat(630) },
  metadata: {
    schemaVersion: 1,
    occurredAt: '2026-01-01T00:00:00.000Z',
    $correlationId: 'req_01J8ZQ6Q6Q6Q6Q6Q6Q6Q6Q6Q6Q',
    $causationId: 'req_01J8ZQ6Q6Q6Q6Q6Q6Q6Q6Q6Q6Q',
    actor: { type: 'token', id: 'tok_01J8ZQ6Q6Q6Q6Q6Q6Q6Q6Q6Q6Q' },
    tenantId: 'ten_01J8ZQ6Q6Q6Q6Q6Q6Q6Q6Q6Q6Q',
    inboxId: 'inb_01J8ZQ6Q6Q6Q6Q6Q6Q6Q6Q6Q6Q',
  },
});

/** Durable appends through the port, each of one event to a stream of its own, and reading them all. */
export const run = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gent-bench-'));
  const store = await EmbeddedEventStore.open(folder);
  let streams = 0;
  const append = () => store.append(`message-msg_${(streams += 1)}`, 'no-stream', [oneKilobyte()]);
  for (const callers of [1, 64])
    print('append', 'durable appends', await rate(callers, MILLISECONDS, append), 'events/s', {
      callers,
      bytes: 1_024,
    });
  const begin = performance.now();
  let events = 0;
  for (let from = START; performance.now() < begin + MILLISECONDS;) {
    const batch = await store.readAll({ from });
    if (batch.events.length === 0) break;
    events += batch.events.length;
    from = batch.upTo;
  }
  print('append', 'read all', (events / (performance.now() - begin)) * 1_000, 'events/s', { bytes: 1_024 });
  await store.close();
  await rm(folder, { recursive: true });
};
