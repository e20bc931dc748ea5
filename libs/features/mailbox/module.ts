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
import { MessageContentController } from './content-http.js';
import { Contents } from './contents.js';
import { MessagesController } from './http.js';
import { MailLists } from './lists.js';
import { ThreadsController } from './thread-http.js';
import { UploadsController } from './upload-http.js';
import { ParseMessageHandler } from './parse-message.js';
import { ParsedMail } from './parsed-mail.js';
import { messages, threads } from './read-model.js';
import { ReceiveMessageHandler } from './receive-message.js';
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
  controllers: [MessagesController, ThreadsController, MessageContentController, UploadsController],
  providers: [
    MailLists,
    Contents,
    ParsedMail,
    ReceiveMessageHandler,
    ParseMessageHandler,
    FindThreadHandler,
    FollowThreadHandler,
    MoveThreadHandler,
    ForgetMessageHandler,
    ForgetInboxHandler,
  ],
})
export class MailboxModule {}
