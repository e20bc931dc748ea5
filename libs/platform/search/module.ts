import { join } from 'node:path';
import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '#platform/config/config';
import { EmbeddedSearchIndex } from './embedded/embedded-search-index.js';
import { SearchIndex } from './search-index.js';

/** Closed last: until then the indexer writes. */
@Injectable()
class Closing implements OnApplicationShutdown {
  constructor(private readonly index: SearchIndex) {}

  async onApplicationShutdown() {
    if (this.index instanceof EmbeddedSearchIndex) await this.index.close();
  }
}

@Global()
@Module({
  providers: [
    {
      provide: SearchIndex,
      inject: [Config],
      useFactory: ({ dataDir }: Config) => new EmbeddedSearchIndex(join(dataDir, 'search.db')),
    },
    Closing,
  ],
  exports: [SearchIndex],
})
export class SearchModule {}
