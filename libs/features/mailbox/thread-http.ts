import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Context } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { Views } from '#platform/event-sourcing/views';
import { pageBody, PageQuery } from '#platform/http/page';
import { Refuses } from '#platform/http/refuses';
import { RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import { MessagePage, MessageRowBody } from './bodies.js';
import { MailLists } from './lists.js';
import { ThreadsQuery } from './queries.js';
import { messages } from './read-model.js';
import { followed } from './survivor.js';
import { ThreadBody, ThreadPage, ThreadWithMessagesBody } from './thread-bodies.js';

const LATEST = 200;

@ApiTags('Messages')
@Controller('messages/threads')
export class ThreadsController {
  constructor(
    private readonly views: Views,
    private readonly lists: MailLists,
  ) {}

  @Get()
  @Requires('email:read')
  @Refuses('inbox-id-required', 'position-too-deep')
  @ApiOkResponse({ type: ThreadPage })
  async list(@Query() query: ThreadsQuery, @RequestContext() context: Context): Promise<ThreadPage> {
    const page = await this.lists.threads(query, context);
    const bodyOf = ThreadBody.in(await this.lists.zoneOf(context));
    return pageBody(query, page, (thread) => bodyOf(thread));
  }

  /** The id of a merged thread answers the one that goes on. */
  @Get(':thread_id')
  @Requires('email:read')
  @ApiOkResponse({ type: ThreadWithMessagesBody })
  async get(
    @Param('thread_id') threadId: string,
    @RequestContext() context: Context,
  ): Promise<ThreadWithMessagesBody> {
    const thread = await this.thread(threadId, context);
    const zone = await this.lists.zoneOf(context, thread.inboxId);
    const filter = { threadId: thread.threadId };
    const { results } = await this.views.for(context).list(messages, 'byTime', { filter, limit: LATEST });
    const mergedInto = thread.threadId === threadId ? null : thread.threadId;
    const rows = results.toReversed().map(MessageRowBody.in(zone));
    return { ...ThreadBody.in(zone)(thread, mergedInto), messages: rows };
  }

  @Get(':thread_id/messages')
  @Requires('email:read')
  @Refuses('position-too-deep')
  @ApiOkResponse({ type: MessagePage })
  async messages(
    @Param('thread_id') id: string,
    @Query() query: PageQuery,
    @RequestContext() context: Context,
  ): Promise<MessagePage> {
    const { threadId, inboxId } = await this.thread(id, context);
    const { sort, ...place } = query;
    const request = { ...place, filter: { threadId }, reverse: sort !== 'desc' };
    const page = await this.views.for(context).list(messages, 'byTime', request);
    return pageBody(query, page, MessageRowBody.in(await this.lists.zoneOf(context, inboxId)));
  }

  private async thread(threadId: string, context: Context) {
    const { thread } = await followed(this.views.for(context), threadId);
    if (!thread || thread.messageCount === 0) throw notFound();
    return thread;
  }
}
