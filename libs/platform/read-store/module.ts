import { join } from 'node:path';
import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '#platform/config/config';
import { EmbeddedReadStore } from './embedded/embedded-read-store.js';
import { ThreadWriters } from './embedded/writers.js';
import { ReadStore } from './read-store.js';

/** Closed last: until then the runners write. */
@Injectable()
class Closing implements OnApplicationShutdown {
  constructor(private readonly store: ReadStore) {}

  async onApplicationShutdown() {
    if (this.store instanceof EmbeddedReadStore) await this.store.close();
  }
}

@Global()
@Module({
  providers: [
    {
      provide: ReadStore,
      inject: [Config],
      useFactory: ({ dataDir }: Config) =>
        new EmbeddedReadStore(join(dataDir, 'views'), Date.now, new ThreadWriters()),
    },
    Closing,
  ],
  exports: [ReadStore],
})
export class ReadStoreModule {}
