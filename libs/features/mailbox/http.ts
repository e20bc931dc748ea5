import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Context } from '#kernel/context';
import { replay } from '#kernel/projection';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { Awaits } from '#platform/http/answer';
import { sent } from '#platform/http/input';
import { pageBody } from '#platform/http/page';
import { Refuses } from '#platform/http/refuses';
import { RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import { MessageBody, MessagePage, MessageRowBody } from './bodies.js';
import { ChangeMessage, DeleteMessage } from './commands.js';
import { Contents } from './contents.js';
import { MailLists } from './lists.js';
import { MessageChanges, MessagesQuery } from './queries.js';
import { messages, threads, type MessageView } from './read-model.js';

@ApiTags('Messages')
@Controller('messages')
export class MessagesController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly lists: MailLists,
    private readonly contents: Contents,
  ) {}

  @Get()
  @Requires('email:read')
  @Refuses('inbox-id-required', 'position-too-deep')
  @ApiOkResponse({ type: MessagePage })
  async list(@Query() query: MessagesQuery, @RequestContext() context: Context): Promise<MessagePage> {
    const page = await this.lists.messages(query, context);
    return pageBody(query, page, MessageRowBody.in(await this.lists.zoneOf(context)));
  }

  @Get(':message_id')
  @Requires('email:read')
  @ApiOkResponse({ type: MessageBody })
  async get(
    @Param('message_id') messageId: string,
    @RequestContext() context: Context,
  ): Promise<MessageBody> {
    return this.bodyOf(await this.view(messageId, context), context);
  }

  @Patch(':message_id')
  @Requires('email:write')
  @Awaits(messages, threads)
  @ApiOkResponse({ type: MessageBody })
  async change(
    @Param('message_id') messageId: string,
    @Body() body: MessageChanges,
    @RequestContext() context: Context,
  ): Promise<MessageBody> {
    const changes = sent({ isRead: body.is_read, isFlagged: body.is_flagged, folder: body.folder });
    const { events } = await this.commands.execute(new ChangeMessage({ messageId, ...changes }), context);
    const changed = replay(messages, messageId, events);
    // Its deliveries have streams of their own.
    const shown = await this.views.for(context).get(messages, messageId);
    const { status, deliveries, sentAt } = shown ?? changed;
    return this.bodyOf({ ...changed, status, deliveries, sentAt }, context);
  }

  @Delete(':message_id')
  @Requires('email:write')
  @Awaits(messages, threads)
  @HttpCode(204)
  async delete(@Param('message_id') messageId: string, @RequestContext() context: Context): Promise<void> {
    await this.commands.execute(new DeleteMessage({ messageId }), context);
  }

  private async view(messageId: string, context: Context): Promise<MessageView> {
    return this.views.for(context).need(messages, messageId);
  }

  private async bodyOf(message: MessageView, context: Context): Promise<MessageBody> {
    const zone = await this.lists.zoneOf(context, message.inboxId);
    return MessageBody.of(message, await this.contents.of(message), zone);
  }
}
