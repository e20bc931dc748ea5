import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START } from '#kernel/event-store';
import type { NewEvent } from '#kernel/messages';
import { SystemClock } from '#platform/clock/clock';
import { EmbeddedEventStore } from '#platform/event-store/embedded/event-store';
import { EmbeddedVault } from '#platform/vault/embedded/vault';
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
const events = async (folder: string) => {
  const store = await EmbeddedEventStore.open(folder);
  let streams = 0;
  const append = () => store.append(`message-msg_${(streams += 1)}`, 'no-stream', [oneKilobyte()]);
  for (const callers of [1, 64]) {
    const params = { callers, bytes: 1_024 };
    print('append', 'durable appends', await rate(callers, MILLISECONDS, append), 'events/s', params);
  }
  const begin = performance.now();
  let count = 0;
  for (let from = START; performance.now() < begin + MILLISECONDS;) {
    const batch = await store.readAll({ from });
    if (batch.events.length === 0) break;
    count += batch.events.length;
    from = batch.upTo;
  }
  const readAll = (count / (performance.now() - begin)) * 1_000;
  print('append', 'read all', readAll, 'events/s', { bytes: 1_024, events: count });
  await store.close();
};

/** Blobs of subjects of their own, so each with a new key; and sealing under keys that are known. */
const content = async (folder: string) => {
  const clock = new SystemClock();
  const vault = await EmbeddedVault.open({ folder, masterKey: randomBytes(32), clock });
  const scope = { tenantId: 'ten_bench', inboxId: 'inb_bench' };
  const bytes = randomBytes(4_096);
  let subjects = 0;
  const put = () => vault.blobs.put({ scope, subject: `msg_${(subjects += 1)}` }, bytes);
  const params = { callers: 64, bytes: bytes.byteLength };
  print('append', 'blob puts', await rate(64, MILLISECONDS, put), 'blobs/s', params);
  const fields = { from: 'someone@example.com', subject: 'The figures of the quarter' };
  const sealing = await rate(1, MILLISECONDS / 4, async () => {
    const sealed = await vault.personalData.seal({ scope, subject: 'msg_1' }, fields);
    await vault.personalData.open(sealed);
  });
  print('append', 'seal and open', 1_000_000 / sealing, 'us', { callers: 1 });
  await vault.close();
};

export const run = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gent-bench-'));
  await events(folder);
  await content(folder);
  await rm(folder, { recursive: true });
};
