import { Global, Module } from '@nestjs/common';
import { AuthenticationModule } from '#platform/authentication/module';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { FreeSpace } from '#platform/process/free-space';
import { MailHandler } from '#platform/smtp/server/handler';
import { SpoolModule } from '#platform/spool/module';
import { Mailboxes } from './directory.js';
import { MailReceiver } from './handler.js';
import { postmasters } from './read-model.js';

/** Global, because a process that takes mail in asks for its `MailHandler`. */
@Global()
@Module({
  imports: [
    AuthenticationModule,
    SpoolModule,
    EventSourcingModule.forFeature({ projections: [postmasters] }),
  ],
  providers: [Mailboxes, FreeSpace, { provide: MailHandler, useClass: MailReceiver }],
  exports: [MailHandler],
})
export class ReceivingModule {}
