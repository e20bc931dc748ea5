import { Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { DnsModule } from '#platform/dns/module';
import { ReservationsModule } from '#platform/reservations/module';
import { CheckTimes } from './checks.js';
import { domain } from './decider.js';
import { DkimKeys } from './dkim-keys.js';
import {
  AddDomainHandler,
  CheckDomainHandler,
  DeleteDomainHandler,
  ForgetDomainHandler,
} from './handlers.js';
import { DomainsController } from './http.js';
import { Inspector } from './inspector.js';
import { domains, inboxesOnDomains, verifiedDomains } from './read-model.js';
import { DomainRechecks, LoseOtherClaimsHandler } from './runner.js';
import { forgetRemovedDomains, settleClaims } from './sagas.js';

@Module({
  imports: [
    EventSourcingModule.forFeature({
      aggregates: [domain],
      projections: [domains, verifiedDomains, inboxesOnDomains],
      sagas: [settleClaims, forgetRemovedDomains],
    }),
    DnsModule,
    ReservationsModule,
  ],
  providers: [
    AddDomainHandler,
    CheckDomainHandler,
    DeleteDomainHandler,
    ForgetDomainHandler,
    LoseOtherClaimsHandler,
    DkimKeys,
    Inspector,
    CheckTimes,
    DomainRechecks,
  ],
  controllers: [DomainsController],
})
export class DomainsModule {}
