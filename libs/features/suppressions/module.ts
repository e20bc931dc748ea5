import { Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { suppression } from './decider.js';
import { ForgetSuppressionsHandler } from './handlers.js';
import { SuppressionsController } from './http.js';
import { suppressions } from './read-model.js';
import { forgetSuppressionsOfPurgedInboxes, suppressFailedAddresses } from './sagas.js';

@Module({
  imports: [
    EventSourcingModule.forFeature({
      aggregates: [suppression],
      projections: [suppressions],
      sagas: [suppressFailedAddresses, forgetSuppressionsOfPurgedInboxes],
    }),
  ],
  controllers: [SuppressionsController],
  providers: [ForgetSuppressionsHandler],
})
export class SuppressionsModule {}
