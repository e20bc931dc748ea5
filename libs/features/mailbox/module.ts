import { Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { message, thread } from './decider.js';
import { messages, threads } from './read-model.js';

@Module({
  imports: [
    EventSourcingModule.forFeature({ aggregates: [message, thread], projections: [messages, threads] }),
  ],
})
export class MailboxModule {}
