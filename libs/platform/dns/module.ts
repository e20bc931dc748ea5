import { Global, Module } from '@nestjs/common';
import { Config } from '#platform/config/config';
import { Dns } from './dns.js';
import { stubResolver } from './stub-resolver.js';

@Global()
@Module({
  providers: [
    {
      provide: Dns,
      inject: [Config],
      useFactory: ({ dnsServers }: Config) => stubResolver(dnsServers),
    },
  ],
  exports: [Dns],
})
export class DnsModule {}
