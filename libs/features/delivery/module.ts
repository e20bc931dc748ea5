import { Module } from '@nestjs/common';
import { DnsModule } from '#platform/dns/module';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { delivery } from './decider.js';
import { DeliveryDirectory } from './directory.js';
import { PlanDeliveriesHandler, RecordReportHandler, ReleaseHeldHandler } from './handlers.js';
import { LocalTransport } from './local.js';
import { deliveries, sandboxMail } from './read-model.js';
import { RemoteTransport } from './remote.js';
import { DeliveryRunner } from './runner.js';
import { SandboxController } from './sandbox-http.js';
import { planDeliveries, recordReports, releaseHeldDeliveries } from './sagas.js';
import { Transports } from './transports.js';

@Module({
  imports: [
    EventSourcingModule.forFeature({
      aggregates: [delivery],
      projections: [deliveries, sandboxMail],
      sagas: [planDeliveries, releaseHeldDeliveries, recordReports],
    }),
    DnsModule,
  ],
  providers: [
    DeliveryDirectory,
    LocalTransport,
    RemoteTransport,
    Transports,
    DeliveryRunner,
    PlanDeliveriesHandler,
    ReleaseHeldHandler,
    RecordReportHandler,
  ],
  controllers: [SandboxController],
})
export class DeliveryModule {}
