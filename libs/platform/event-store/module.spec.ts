import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventStore } from '#kernel/event-store';
import { Clock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { VaultModule } from '#platform/vault/module';
import { Records } from '#platform/vault/records';
import { FixedClock } from '#testing/context';
import { newEvent } from '#testing/event-store-tools';
import { newFolder } from '#testing/folder';
import { testConfig } from '#testing/test-config';
import { EventStoreModule } from './module.js';

/** Writes until the very end. */
@Injectable()
class Consumer implements OnApplicationShutdown {
  constructor(
    readonly store: EventStore,
    readonly records: Records,
  ) {}

  async onApplicationShutdown() {
    await this.store.append(`counter-${randomUUID()}`, 'no-stream', [newEvent()]);
    await this.records.put('last/words', Buffer.from('goodbye'));
  }
}

const start = (dataDir: string) => {
  const ports = [
    { provide: Config, useValue: testConfig({ dataDir }) },
    { provide: Clock, useClass: FixedClock },
  ];
  @Global()
  @Module({ providers: ports, exports: [Config, Clock] })
  class Ports {}
  @Module({ providers: [Consumer] })
  class Feature {}
  @Module({ imports: [Feature, Ports, EventStoreModule, VaultModule] })
  class App {}
  return NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
};

it('opens the stores before whoever uses them, and closes them after', async () => {
  const folder = newFolder();
  const first = await start(folder);
  const { store } = first.get(Consumer, { strict: false });
  await first.close();
  await expect(store.head()).rejects.toMatchObject({ code: 'store-unavailable' });
  const second = await start(folder);
  const again = second.get(Consumer, { strict: false });
  expect((await again.store.readAll()).events).toHaveLength(1);
  expect(await again.records.get('last/words')).not.toBeNull();
  await second.close();
});
