import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Context } from '#kernel/context';
import { InboxDirectory } from '#platform/http/credentials';
import { RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import { HandoffBody } from './bodies.js';
import { Handoff } from './handoff.js';

@ApiTags('Handoff')
@Controller('inboxes/:id/handoff')
export class HandoffController {
  constructor(
    private readonly inboxes: InboxDirectory,
    private readonly handoff: Handoff,
  ) {}

  @Get()
  @Requires('session')
  @ApiOkResponse({ type: HandoffBody })
  async get(@Param('id') id: string, @RequestContext() context: Context): Promise<HandoffBody> {
    const { tenantId, now } = context;
    const inboxId = await this.inboxes.named(context, id);
    return this.handoff.of({ tenantId, inboxId }, now);
  }
}
