import { Global, Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { InboxDirectory } from '#platform/http/credentials';
import { ReservationsModule } from '#platform/reservations/module';
import { Inboxes } from './directory.js';
import {
  ConfigureInboxHandler,
  CreateInboxHandler,
  EraseInboxHandler,
  RestoreInboxHandler,
} from './handlers.js';
import { InboxesController } from './http.js';
import { inboxAddresses, inboxes } from './read-model.js';
import { inboxClosure } from './sagas.js';
import { WebhookSecrets } from './webhook-secrets.js';

@Global()
@Module({
  imports: [
    EventSourcingModule.forFeature({ processes: [inboxClosure], projections: [inboxes, inboxAddresses] }),
    ReservationsModule,
  ],
  providers: [
    CreateInboxHandler,
    RestoreInboxHandler,
    ConfigureInboxHandler,
    EraseInboxHandler,
    WebhookSecrets,
    { provide: InboxDirectory, useClass: Inboxes },
  ],
  controllers: [InboxesController],
  exports: [InboxDirectory],
})
export class InboxesModule {}
