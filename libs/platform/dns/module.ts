import { getServers } from 'node:dns';
import { Global, Module } from '@nestjs/common';
import { Config } from '#platform/config/config';
import { Dns } from './dns.js';
import { serverAddress } from './exchange.js';
import { StubResolver } from './stub-resolver.js';

@Global()
@Module({
  providers: [
    {
      provide: Dns,
      inject: [Config],
      useFactory: ({ dnsServers }: Config) =>
        new StubResolver((dnsServers ?? getServers()).map(serverAddress)),
    },
  ],
  exports: [Dns],
})
export class DnsModule {}
