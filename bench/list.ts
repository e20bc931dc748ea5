import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { inboxEvents } from '#features/inboxes/events';
import { inboxes } from '#features/inboxes/read-model';
import { MailboxModule } from '#features/mailbox/module';
import { messages } from '#features/mailbox/read-model';
import type { Position } from '#kernel/event-store';
import { collectionOf } from '#kernel/projection';
import { Clock, SystemClock } from '#platform/clock/clock';
import type { RunnableProjection } from '#platform/event-sourcing/features';
import { foldBatch } from '#platform/event-sourcing/fold-batch';
import { EmbeddedReadStore } from '#platform/read-store/embedded/embedded-read-store';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { ReadStore } from '#platform/read-store/read-store';
import { InMemoryApp } from '#testing/in-memory-app';
import { receivedMail } from '#testing/mail';
import { recorded } from '#testing/recorded';
import { printTimes } from './figure.js';

const MESSAGES = 200_000;
const BATCH = 1_000;
const SAMPLES = 400;
/** Not counted. */
const WARM_UP = 50;
/** Below what one credential is allowed. */
const PACE_MS = 25;

const QUERIES: Readonly<Record<string, string>> = {
  newest: 'limit=50',
  unread: 'limit=50&is_read=false&folder=inbox',
  thread: 'limit=50&thread_id=thr_7',
  between: 'limit=50&after=2026-02-01&before=2026-03-01',
  deep: 'limit=50&position=5000',
};

/** List pages of one inbox with 200k messages, over HTTP, on the embedded read store; latency at the client. */
export const run = async (): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'gent-bench-list-'));
  const store = new EmbeddedReadStore(folder);
  await fill(store);
  const ports = [
    { provide: ReadStore, useValue: store },
    { provide: Clock, useFactory: () => new SystemClock() },
  ];
  const elsewhere = { catalogs: [inboxEvents], projections: [inboxes] };
  const features = [MailboxModule, EventSourcingModule.forFeature(elsewhere)];
  const app = await InMemoryApp.start({ features, ports });
  try {
    for (const [name, query] of Object.entries(QUERIES)) {
      const times = await sampled(app, `/messages/?${query}`);
      printTimes('list', name, times, { query, messages: MESSAGES });
    }
  } finally {
    await app.stop();
    await store.close();
    await rm(folder, { recursive: true });
  }
};

const fill = async (store: ReadStore): Promise<void> => {
  const collection = collectionOf(messages);
  await store.prepare(collection, Object.values(messages.queries));
  for (let from = 0; from < MESSAGES; from += BATCH) {
    const events = Array.from({ length: BATCH }, (_, offset) => mailAt(from + offset));
    const upTo = BigInt(from + BATCH - 1) as Position;
    await foldBatch(store, collection, messages as unknown as RunnableProjection, { events, upTo });
  }
};

/** A message every minute, three to a thread. */
const mailAt = (index: number) => {
  const receivedAt = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
  const threadId = `thr_${Math.floor(index / 3)}`;
  const mail = receivedMail({ messageId: `msg_${index}`, threadId, receivedAt, subject: `Mail ${index}` });
  return { ...recorded(mail), position: BigInt(index) as Position };
};

const sampled = async (app: InMemoryApp, path: string): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let sample = -WARM_UP; sample < SAMPLES; sample += 1) {
    const begin = performance.now();
    const { status } = await app.call('acme', 'GET', path);
    const took = performance.now() - begin;
    if (sample >= 0) times.push(took);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    await setTimeout(Math.max(0, PACE_MS - took));
  }
  return times;
};
