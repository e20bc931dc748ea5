import { Module } from '@nestjs/common';
import { DnsModule } from '#platform/dns/module';
import { Authenticator } from './authenticator.js';

@Module({ imports: [DnsModule], providers: [Authenticator], exports: [Authenticator] })
export class AuthenticationModule {}
