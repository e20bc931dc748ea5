import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsString, Length } from 'class-validator';
import { MayBeAbsent } from '#platform/http/input';
import { PageQuery } from '#platform/http/page';
import { QueryBoolean } from '#platform/http/query';
import { FOLDERS, type Folder } from './events.js';

const Words = (description: string) =>
  applyDecorators(ApiPropertyOptional({ description }), MayBeAbsent(), IsString(), Length(0, 500));

const Id = () => applyDecorators(MayBeAbsent(), IsString(), Length(1, 64));

const Time = () =>
  applyDecorators(
    ApiPropertyOptional({ description: 'Any time format; without an offset in the zone of the inbox' }),
    MayBeAbsent(),
    IsString(),
    Length(1, 200),
  );

/** Without `folder`: all but trash and spam. */
class MailQuery extends PageQuery {
  @Words('8 words at most: each must begin a word of subject, addresses or text; 1-2 characters are a word')
  readonly q?: string;
  @Id() readonly label_id?: string;
  @MayBeAbsent() @IsIn(FOLDERS) readonly folder?: Folder;
  @Time() readonly after?: string;
  @Time() readonly before?: string;
}

export class ThreadsQuery extends MailQuery {}

export class MessagesQuery extends MailQuery {
  @Words('Words of the sender, or the whole address') readonly from?: string;
  @Words('Words of the recipients, or a whole address') readonly to?: string;
  @Words('Words of the subject') readonly subject?: string;
  @Id() readonly thread_id?: string;
  @MayBeAbsent() @IsIn(['inbound', 'outbound']) readonly direction?: 'inbound' | 'outbound';
  @QueryBoolean() readonly is_read?: boolean;
  @QueryBoolean() readonly has_attachments?: boolean;
}

export class MessageChanges {
  @MayBeAbsent() @IsBoolean() readonly is_read?: boolean;
  @MayBeAbsent() @IsBoolean() readonly is_flagged?: boolean;
  @MayBeAbsent() @IsIn(FOLDERS) readonly folder?: Folder;
}
