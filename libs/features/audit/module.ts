import { Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { AuditController } from './http.js';
import { auditEntries } from './read-model.js';
import { Trail } from './trail.js';

@Module({
  imports: [EventSourcingModule.forFeature({ projections: [auditEntries] })],
  providers: [Trail],
  controllers: [AuditController],
})
export class AuditModule {}
