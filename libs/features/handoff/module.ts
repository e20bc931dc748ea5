import { Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { RecentActivity } from './activity.js';
import { Correspondence } from './correspondence.js';
import { Handoff } from './handoff.js';
import { HandoffController } from './http.js';
import { heldDeliveries } from './read-model.js';

@Module({
  imports: [EventSourcingModule.forFeature({ projections: [heldDeliveries] })],
  providers: [RecentActivity, Correspondence, Handoff],
  controllers: [HandoffController],
})
export class HandoffModule {}
