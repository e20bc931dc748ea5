import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { EventStore } from '#kernel/event-store';
import { EmbeddedEventStore } from '#platform/event-store/embedded/event-store';
import { Listeners } from '#platform/process/listeners';
import { DIE, noFaults, type Faults } from '#platform/sqlite/faults';
import { newEvent } from '#testing/event-store-tools';
import { newFolder } from '#testing/folder';
import { InMemoryApp } from '#testing/in-memory-app';
import { MetricsModule } from './metrics.js';
import { ObservabilityModule } from './module.js';

let faults: Faults;
let store: EmbeddedEventStore;
let app: InMemoryApp;
beforeEach(async () => {
  faults = noFaults();
  store = await EmbeddedEventStore.open(newFolder(), faults);
  const ports = [
    { provide: EventStore, useValue: store },
    { provide: Listeners, useClass: Listeners },
  ];
  const features = [MetricsModule, ObservabilityModule];
  app = await InMemoryApp.start({ features, ports });
});
afterEach(async () => {
  await app.stop();
  await store.close();
});

it('is alive until it can never write again, and says so to whoever starts it anew', async () => {
  expect((await app.send('GET', '/health/live')).status).toBe(200);
  Atomics.store(faults, DIE, 1);
  await expect(store.append('counter-1', 'no-stream', [newEvent()])).rejects.toThrow('not known yet');
  expect(await app.send('GET', '/health/live')).toMatchObject({
    status: 503,
    body: { code: 'store-unavailable' },
  });
  const { status, body } = await app.send('GET', '/health/ready');
  expect([status, body.message ?? body.detail]).toEqual([503, expect.stringContaining('writing')]);
});
