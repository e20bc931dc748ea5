import { Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { abandonedEvents, reservation } from './reservation.js';
import { Reservations } from './reservations.js';

@Module({
  imports: [EventSourcingModule.forFeature({ aggregates: [reservation], catalogs: [abandonedEvents] })],
  providers: [Reservations],
  exports: [Reservations],
})
export class ReservationsModule {}
