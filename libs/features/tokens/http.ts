import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { about, inboxOf, type Context } from '#kernel/context';
import { conflict, forbidden, invalid } from '#kernel/errors';
import { Views } from '#platform/event-sourcing/views';
import { isAdmin, type Principal } from '#platform/http/credentials';
import { pageBody, placeOf } from '#platform/http/page';
import { Caller, RequestContext } from '#platform/http/request-context';
import { Refuses } from '#platform/http/refuses';
import { Requires } from '#platform/http/requires';
import { TokenUses } from '#platform/http/token-uses';
import { pageOfWhole, wholeList } from '#platform/http/whole-list';
import { later } from '#platform/time/later';
import { needTier, tenants } from '../accounts/read-model.js';
import type { GovernanceTier } from '../accounts/events.js';
import { inboxes } from '../inboxes/read-model.js';
import {
  ChangedTokenBody,
  NewToken,
  OwnTokenBody,
  RawTokenBody,
  TokenBody,
  TokenChange,
  TokenPage,
  TokensQuery,
} from './bodies.js';
import { PauseToken, ResumeToken, RevokeToken } from './commands.js';
import { Issuing } from './issuing.js';
import { statusOf, tokens, type TokenView } from './read-model.js';
import { adminReference, publicReference, TokenReferenceBody } from './reference.js';
import { effective, isForAdmins } from './scopes.js';

/** Need not be sent, but must be right. */
const ITS_INBOX = { name: 'inbox_id', required: false, type: String };

@ApiTags('Tokens')
@Controller('tokens')
export class TokensController {
  constructor(
    private readonly issuing: Issuing,
    private readonly views: Views,
    private readonly uses: TokenUses,
  ) {}

  @Get('reference')
  @Requires('optional session')
  @ApiOkResponse({ type: TokenReferenceBody })
  reference(@Caller() caller?: Principal): object {
    return isAdmin(caller) ? adminReference : publicReference;
  }

  @Post()
  @Requires('session')
  @Refuses(
    'inbox-id-required',
    'role-required',
    'governance-tier-required',
    'inbox-closing',
    'inbox-purged',
    'not-yet-effective',
  )
  @ApiCreatedResponse({ type: RawTokenBody })
  async create(
    @Body() body: NewToken,
    @Caller() caller: Principal,
    @RequestContext() context: Context,
  ): Promise<RawTokenBody> {
    const { label, expires_at: expiresAt = null } = body;
    const [scopes, requiresApproval] = [unique(body.scopes), unique(body.requires_approval ?? [])];
    if (expiresAt !== null && expiresAt <= context.now)
      throw invalid('expiresAt', 'past', 'It must be in the future');
    if (!requiresApproval.every((scope) => effective(scopes).includes(scope)))
      throw invalid('requiresApproval', 'not-covered', 'Only what the token may do can be held for approval');
    if (scopes.some(isForAdmins) && !isAdmin(caller))
      throw forbidden('role-required', 'Only an admin may grant this scope');
    const inboxId = inboxOf(context);
    if (requiresApproval.length > 0) await this.needTier('full', context);
    await this.needOpenInbox(inboxId, context);
    const fresh = { tokenId: context.newId('tok'), inboxId, label, scopes, requiresApproval, expiresAt };
    const { token, raw } = await this.issuing.create(fresh, about(context, inboxId));
    return withRaw(await this.bodyOf(token, context), raw);
  }

  @Get()
  @Requires('session')
  @Refuses('inbox-id-required', 'position-too-deep')
  @ApiOkResponse({ type: TokenPage })
  async list(@Query() query: TokensQuery, @RequestContext() context: Context) {
    const { status } = query;
    const place = placeOf(query);
    const own = this.views.forInbox(context);
    const isWanted = (token: TokenView) => statusOf(token, context.now) === status;
    const page = status
      ? pageOfWhole(
          await wholeList(own.each(tokens, 'newest', { reverse: place.reverse })),
          ({ tokenId }) => tokenId,
          isWanted,
          place,
        )
      : await own.list(tokens, 'newest', place);
    const bodies = await Promise.all(page.results.map((token) => this.bodyOf(token, context)));
    return pageBody(query, { ...page, results: bodies }, (body) => body);
  }

  @Get('self')
  @Requires('agent')
  @ApiOkResponse({ type: OwnTokenBody })
  async self(@RequestContext() context: Context): Promise<OwnTokenBody> {
    const token = await this.named(context.actor.id, context);
    return OwnTokenBody.of(token, await this.views.for(context).need(inboxes, token.inboxId));
  }

  @Get(':token_id')
  @ApiQuery(ITS_INBOX)
  @Requires('session')
  @ApiOkResponse({ type: TokenBody })
  async get(@Param('token_id') tokenId: string, @RequestContext() context: Context): Promise<TokenBody> {
    return this.bodyOf(await this.named(tokenId, context), context);
  }

  @Patch(':token_id')
  @ApiQuery(ITS_INBOX)
  @Requires('session')
  @Refuses('governance-tier-required', 'token-not-active', 'not-yet-effective')
  @ApiOkResponse({ type: ChangedTokenBody })
  async change(
    @Param('token_id') tokenId: string,
    @Body() { action, grace_seconds: grace }: TokenChange,
    @RequestContext() context: Context,
  ): Promise<ChangedTokenBody> {
    if (grace !== undefined && action !== 'rotate')
      throw invalid('graceSeconds', 'not-rotate', 'Only a rotated value has a time of grace');
    const { inboxId } = await this.named(tokenId, context);
    const own = about(context, inboxId, context.expectedRevisions);
    if (action === 'rotate') {
      const { token, raw } = await this.issuing.rotate(tokenId, graceUntil(context.now, grace), own);
      return withRaw(await this.bodyOf(token, context), raw);
    }
    await this.needTier('token_controls', context);
    const Change = action === 'pause' ? PauseToken : ResumeToken;
    const command = new Change({ tokenId, now: context.now });
    return this.bodyOf(await this.issuing.change(command, own), context);
  }

  @Delete(':token_id')
  @ApiQuery(ITS_INBOX)
  @Requires('session')
  @Refuses('not-yet-effective')
  @HttpCode(204)
  @ApiNoContentResponse()
  async revoke(@Param('token_id') tokenId: string, @RequestContext() context: Context): Promise<void> {
    const { inboxId } = await this.named(tokenId, context);
    await this.issuing.change(
      new RevokeToken({ tokenId }),
      about(context, inboxId, context.expectedRevisions),
    );
  }

  private async named(tokenId: string, context: Context): Promise<TokenView> {
    return this.views.for(context).need(tokens, tokenId);
  }

  private async bodyOf(token: TokenView, { now }: Context): Promise<TokenBody> {
    return TokenBody.of(token, { now, lastUsedAt: await this.uses.last(token.tokenId) });
  }

  private async needTier(tier: GovernanceTier, { tenantId }: Context) {
    needTier(await this.views.for({ tenantId }).get(tenants, tenantId), tier);
  }

  private async needOpenInbox(inboxId: string, { tenantId }: Context) {
    const inbox = await this.views.for({ tenantId }).get(inboxes, inboxId);
    if (inbox?.status === 'closing') throw conflict('inbox-closing', 'The inbox is closing');
    if (!inbox || inbox.status === 'purged') throw conflict('inbox-purged', 'The inbox was purged');
  }
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];

const graceUntil = (now: string, seconds = 0): string | null =>
  seconds === 0 ? null : later(now, seconds * 1_000);

/** The same revision as the token that it was made for, which is the body's own. */
const withRaw = (body: TokenBody, raw_token: string): RawTokenBody => Object.assign(body, { raw_token });
