import { Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { UploadsModule } from '#platform/vault/uploads';
import { message, thread } from './decider.js';
import {
  FindThreadHandler,
  FollowThreadHandler,
  ForgetInboxHandler,
  ForgetMessageHandler,
  MoveThreadHandler,
} from './handlers.js';
import { ParseMessageHandler } from './parse-message.js';
import { messages, threads } from './read-model.js';
import { searchedMessages } from './search.js';
import { forgetErasedMail, forgetPurgedInboxes, keepThreadsTogether, parseAcceptedMail } from './sagas.js';

@Module({
  imports: [
    UploadsModule,
    EventSourcingModule.forFeature({
      aggregates: [message, thread],
      projections: [messages, threads],
      searchables: [searchedMessages],
      sagas: [parseAcceptedMail, keepThreadsTogether, forgetErasedMail, forgetPurgedInboxes],
    }),
  ],
  providers: [
    ParseMessageHandler,
    FindThreadHandler,
    FollowThreadHandler,
    MoveThreadHandler,
    ForgetMessageHandler,
    ForgetInboxHandler,
  ],
})
export class MailboxModule {}
