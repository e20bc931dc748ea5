import { Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { abandonedEvents, reservation } from './reservation.js';
import { ReleaseNameHandler, Reservations } from './reservations.js';

@Module({
  imports: [EventSourcingModule.forFeature({ aggregates: [reservation], catalogs: [abandonedEvents] })],
  providers: [Reservations, ReleaseNameHandler],
  exports: [Reservations],
})
export class ReservationsModule {}
