import { ApiProperty } from '@nestjs/swagger';
import { PageOf } from '#platform/http/page';
import { shownIn } from '#platform/time/local-time';
import { AddressBody, MessageLabelBody, MessageRowBody } from './bodies.js';
import { FOLDERS, type Folder } from './events.js';
import type { ThreadView } from './thread-summary.js';

/** `last_message_at`: as the times of its messages. */
export class ThreadBody {
  @ApiProperty() readonly thread_id!: string;
  @ApiProperty() readonly subject!: string;
  @ApiProperty({ type: [AddressBody] }) readonly participants!: readonly AddressBody[];
  @ApiProperty() readonly message_count!: number;
  @ApiProperty() readonly unread_count!: number;
  @ApiProperty() readonly last_message_at!: string;
  @ApiProperty() readonly snippet!: string;
  @ApiProperty({ type: [MessageLabelBody] }) readonly labels!: readonly MessageLabelBody[];
  @ApiProperty({ enum: FOLDERS }) readonly folder!: Folder;
  @ApiProperty({ type: String, nullable: true }) readonly merged_into!: string | null;

  static in =
    (zone: string | null) =>
    (thread: ThreadView, mergedInto: string | null = null): ThreadBody => ({
      thread_id: thread.threadId,
      subject: thread.subject,
      participants: thread.participants.map(AddressBody.of),
      message_count: thread.messageCount,
      unread_count: thread.unreadCount,
      last_message_at: shownIn(zone, thread.lastMessageAt),
      snippet: thread.snippet,
      labels: [],
      folder: thread.folder ?? 'trash',
      merged_into: mergedInto,
    });
}

export class ThreadPage extends PageOf(ThreadBody) {}

/** `messages`: oldest first, the latest 200. */
export class ThreadWithMessagesBody extends ThreadBody {
  @ApiProperty({ type: [MessageRowBody] }) readonly messages!: readonly MessageRowBody[];
}
