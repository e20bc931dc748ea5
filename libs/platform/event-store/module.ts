import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EventStore } from '#kernel/event-store';
import { Config } from '#platform/config/config';
import { EmbeddedEventStore } from './embedded/event-store.js';

/** Global, so it is open before what uses it is made, and closed after all of that has stopped. */
@Global()
@Module({
  providers: [
    {
      provide: EventStore,
      inject: [Config],
      useFactory: ({ dataDir }: Config) => EmbeddedEventStore.open(dataDir),
    },
  ],
  exports: [EventStore],
})
export class EventStoreModule implements OnApplicationShutdown {
  constructor(private readonly store: EventStore) {}

  async onApplicationShutdown() {
    await this.store.close();
  }
}
