import { Module } from '@nestjs/common';
import { DnsModule } from '#platform/dns/module';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { OpsRegistryModule } from '#platform/ops/registry';
import { Attempts } from './attempts.js';
import { delivery } from './decider.js';
import { DeliveryDirectory } from './directory.js';
import { PlanDeliveriesHandler, RecordReportHandler, ReleaseHeldHandler } from './handlers.js';
import { LocalTransport } from './local.js';
import { QueueOperation } from './ops.js';
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
    OpsRegistryModule,
  ],
  providers: [
    DeliveryDirectory,
    LocalTransport,
    RemoteTransport,
    Transports,
    Attempts,
    DeliveryRunner,
    QueueOperation,
    PlanDeliveriesHandler,
    ReleaseHeldHandler,
    RecordReportHandler,
  ],
  controllers: [SandboxController],
})
export class DeliveryModule {}
