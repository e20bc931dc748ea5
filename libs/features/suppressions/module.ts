import { Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { suppression } from './decider.js';
import { SuppressionsController } from './http.js';
import { suppressions } from './read-model.js';
import { suppressFailedAddresses } from './sagas.js';

@Module({
  imports: [
    EventSourcingModule.forFeature({
      aggregates: [suppression],
      projections: [suppressions],
      sagas: [suppressFailedAddresses],
    }),
  ],
  controllers: [SuppressionsController],
})
export class SuppressionsModule {}
