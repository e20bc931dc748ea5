import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { about, type Context } from '#kernel/context';
import { forbidden, invalid, notFound } from '#kernel/errors';
import type { Receipt } from '#kernel/messages';
import { replay } from '#kernel/projection';
import { Config } from '#platform/config/config';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { Awaits } from '#platform/http/answer';
import { InboxDirectory, type Principal } from '#platform/http/credentials';
import { sent } from '#platform/http/input';
import { pageBody, placeOf } from '#platform/http/page';
import { Caller, RequestContext } from '#platform/http/request-context';
import { Refuses } from '#platform/http/refuses';
import { Requires } from '#platform/http/requires';
import { pageOfWhole, wholeList } from '#platform/http/whole-list';
import { users } from '../accounts/read-model.js';
import { newAddress } from './address.js';
import {
  ANY_INBOX,
  InboxBody,
  InboxChanges,
  InboxConfigBody,
  InboxConfigChangesBody,
  InboxesQuery,
  InboxPage,
  NewInbox,
  type InboxWebhookChanges,
  type PurgedInboxBody,
} from './bodies.js';
import { ChangeInbox, CloseInbox, ConfigureInbox, CreateInbox, RestoreInbox } from './commands.js';
import { inboxAddresses, inboxes, type InboxView } from './read-model.js';
import { matching } from './search.js';

type AnyInboxBody = InboxBody | PurgedInboxBody;

@ApiTags('Inboxes')
@Controller('inboxes')
export class InboxesController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly directory: InboxDirectory,
    private readonly config: Config,
  ) {}

  @Post()
  @Requires('session')
  @Refuses('domain-not-verified', 'address-taken', 'not-yet-effective')
  @Awaits(inboxAddresses)
  @ApiCreatedResponse({ type: InboxBody })
  async create(@Body() body: NewInbox, @RequestContext() context: Context): Promise<AnyInboxBody> {
    const address = newAddress(body.address)?.address;
    if (!address)
      throw invalid('address', 'is-address', 'Send an address such as support@agents.example.com');
    const inboxId = context.newId('inb');
    const fresh = { inboxId, address, displayName: body.display_name || null, ownerUserId: context.actor.id };
    return this.answer(new CreateInbox(fresh), about(context, inboxId));
  }

  @Get()
  @Requires('session')
  @Refuses('position-too-deep')
  @ApiOkResponse({ type: InboxPage })
  async list(@Query() query: InboxesQuery, @RequestContext() { tenantId }: Context) {
    const { status, q } = query;
    const place = placeOf(query);
    const filter = status ? { status } : { listed: true };
    const own = this.views.for({ tenantId });
    const page =
      q === undefined
        ? await own.list(inboxes, 'newest', { ...place, filter })
        : pageOfWhole(
            await wholeList(own.each(inboxes, 'newest', { filter, reverse: place.reverse })),
            ({ inboxId }) => inboxId,
            matching(q),
            place,
          );
    return pageBody(query, page, InboxBody.of);
  }

  @Get(':inbox_id')
  @Requires('session')
  @ApiOkResponse({ schema: ANY_INBOX })
  async get(@Param('inbox_id') id: string, @RequestContext() context: Context): Promise<AnyInboxBody> {
    return InboxBody.of(await this.view(await this.named(id, context)));
  }

  @Patch(':inbox_id')
  @Requires('session')
  @Refuses('role-required', 'inbox-closing', 'inbox-purged', 'inbox-deactivated', 'not-yet-effective')
  @Awaits(inboxAddresses)
  @ApiOkResponse({ type: InboxBody })
  async change(
    @Param('inbox_id') id: string,
    @Body() body: InboxChanges,
    @Caller() caller: Principal,
    @RequestContext() context: Context,
  ): Promise<AnyInboxBody> {
    const { display_name, action, owner_user_id: ownerUserId } = body;
    const displayName = display_name === '' ? null : display_name;
    const changes = sent({ displayName, action, ownerUserId });
    if (ownerUserId !== undefined) await this.checkOwner(ownerUserId, caller);
    const at = await this.named(id, context);
    return this.answer(new ChangeInbox({ inboxId: at.inboxId, changes }), at);
  }

  @Delete(':inbox_id')
  @Requires('session')
  @Refuses('inbox-purged', 'not-yet-effective')
  @Awaits(inboxAddresses)
  @HttpCode(202)
  @ApiAcceptedResponse({ type: InboxBody })
  async close(@Param('inbox_id') id: string, @RequestContext() context: Context): Promise<AnyInboxBody> {
    const at = await this.named(id, context);
    return this.answer(new CloseInbox({ inboxId: at.inboxId, now: context.now }), at);
  }

  @Post(':inbox_id/restore')
  @Requires('session')
  @Refuses('inbox-not-closing', 'domain-not-verified', 'not-yet-effective')
  @Awaits(inboxAddresses)
  @HttpCode(200)
  @ApiOkResponse({ type: InboxBody })
  async restore(@Param('inbox_id') id: string, @RequestContext() context: Context): Promise<AnyInboxBody> {
    const at = await this.named(id, context);
    const { inboxId, domain } = await this.view(at);
    return this.answer(new RestoreInbox({ inboxId, domain }), at);
  }

  @Get(':inbox_id/config')
  @Requires('session')
  @ApiOkResponse({ type: InboxConfigBody })
  async configOf(
    @Param('inbox_id') id: string,
    @RequestContext() context: Context,
  ): Promise<InboxConfigBody> {
    const inbox = await this.view(await this.named(id, context));
    if (inbox.status === 'purged') throw notFound();
    return InboxConfigBody.of(inbox);
  }

  @Patch(':inbox_id/config')
  @Requires('session')
  @Refuses('inbox-closing', 'inbox-purged', 'not-yet-effective')
  @ApiOkResponse({ type: InboxConfigBody })
  async configure(
    @Param('inbox_id') id: string,
    @Body() body: InboxConfigChangesBody,
    @RequestContext() context: Context,
  ): Promise<InboxConfigBody> {
    const changes = sent({
      defaultTimezone: body.default_timezone,
      missedReplyThresholdDays: body.missed_reply_threshold_days,
      signature: body.signature === '' ? null : body.signature,
      labelInferenceThreshold: body.label_inference_threshold,
      collaborationEnabled: body.collaboration_enabled,
      webhook: body.webhook && this.webhookOf(body.webhook),
    });
    const secret = body.webhook?.secret;
    const at = await this.named(id, context);
    const command = { inboxId: at.inboxId, changes, ...(secret !== undefined && { secret }) };
    return InboxConfigBody.of(await this.done(new ConfigureInbox(command), at));
  }

  /** The context of what is done to the inbox that the path names, by its id or its address. */
  private async named(id: string, context: Context): Promise<Context & { inboxId: string }> {
    const inboxId = await this.directory.named(context, id);
    return { ...about(context, inboxId, context.expectedRevisions), inboxId };
  }

  private async view({ tenantId, inboxId }: { tenantId: string; inboxId: string }): Promise<InboxView> {
    return this.views.for({ tenantId }).need(inboxes, inboxId);
  }

  private async checkOwner(userId: string, { tenantId, role }: Principal) {
    if (role === 'member') throw forbidden('role-required', 'Only an admin may name another owner');
    if (!(await this.views.for({ tenantId }).get(users, userId)))
      throw invalid('ownerUserId', 'unknown', 'There is no such user');
  }

  private webhookOf({ url, events = ['message.received'] }: InboxWebhookChanges) {
    const { protocol } = URL.parse(url) ?? {};
    if (protocol !== 'https:' && !(protocol === 'http:' && this.config.allowPrivateTargets))
      throw invalid('webhook.url', 'is-https', 'Send an https URL');
    return { url, events };
  }

  private async answer(command: AnyInboxCommand, context: Context): Promise<AnyInboxBody> {
    return InboxBody.of(await this.done(command, context));
  }

  /** In force everywhere before it is answered: an agent's next call asks for the state of its inbox. */
  private async done(command: AnyInboxCommand, context: Context): Promise<InboxView> {
    const receipt: Receipt = await this.commands.execute(command, context);
    const { inboxId } = command.data;
    await this.views.saveAhead(inboxes, inboxId, receipt);
    return replay(inboxes, inboxId, receipt.events);
  }
}

type AnyInboxCommand = CreateInbox | ChangeInbox | CloseInbox | RestoreInbox | ConfigureInbox;
