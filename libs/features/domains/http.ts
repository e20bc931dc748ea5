import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Context } from '#kernel/context';
import { invalid, notFound } from '#kernel/errors';
import type { Receipt } from '#kernel/messages';
import { replay } from '#kernel/projection';
import { Config } from '#platform/config/config';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { Awaits } from '#platform/http/answer';
import { pageBody, PageQuery, placeOf } from '#platform/http/page';
import { Refuses } from '#platform/http/refuses';
import { RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import {
  DnsRecordTypesBody,
  DomainBody,
  DomainCheckBody,
  DomainPage,
  DomainReferenceBody,
  NewDomain,
} from './bodies.js';
import { CheckTimes } from './checks.js';
import { AddDomain, CheckDomain, DeleteDomain } from './commands.js';
import { Inspector } from './inspector.js';
import { domainName } from './names.js';
import { domains, verifiedDomains, type DomainView } from './read-model.js';
import { dnsRecordTypes, domainReference } from './reference.js';

@ApiTags('Domains')
@Controller('domains')
export class DomainsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly inspector: Inspector,
    private readonly times: CheckTimes,
    private readonly config: Config,
  ) {}

  @Get('reference')
  @Requires('session')
  @ApiOkResponse({ type: DomainReferenceBody })
  reference() {
    return domainReference;
  }

  @Get('dns-record-types')
  @Requires('session')
  @ApiOkResponse({ type: DnsRecordTypesBody })
  recordTypes() {
    return dnsRecordTypes;
  }

  @Post()
  @Requires('admin')
  @Refuses('domain-exists', 'domain-taken')
  @Awaits(domains)
  @ApiCreatedResponse({ type: DomainBody })
  async add(@Body() body: NewDomain, @RequestContext() context: Context): Promise<DomainBody> {
    const domain = domainName(body.domain);
    if (!domain)
      throw invalid('domain', 'is-domain', 'Send a domain of your own, such as agents.example.com');
    const domainUse = body.domain_use ?? 'existing_domain';
    const dmarcPolicy = body.dmarc_policy ?? (domainUse === 'dedicated_subdomain' ? 'reject' : 'quarantine');
    const domainId = context.newId('dom');
    return this.answer(new AddDomain({ domainId, domain, domainUse, dmarcPolicy }), context);
  }

  @Get()
  @Requires('session')
  @Refuses('position-too-deep')
  @ApiOkResponse({ type: DomainPage })
  async list(@Query() query: PageQuery, @RequestContext() { tenantId }: Context): Promise<DomainPage> {
    const { results, ...rest } = await this.views.for({ tenantId }).list(domains, 'newest', placeOf(query));
    const bodies = await Promise.all(results.map((domain) => this.bodyOf(domain)));
    return pageBody(query, { ...rest, results: bodies }, (body) => body);
  }

  @Get(':name')
  @Requires('session')
  @ApiOkResponse({ type: DomainBody })
  async get(@Param('name') name: string, @RequestContext() context: Context): Promise<DomainBody> {
    return this.bodyOf(await this.named(name, context));
  }

  @Post(':name/verify')
  @Requires('session')
  @Awaits(domains, verifiedDomains)
  @HttpCode(200)
  @ApiOkResponse({ type: DomainBody })
  async verify(@Param('name') name: string, @RequestContext() context: Context): Promise<DomainBody> {
    const { domainId } = await this.named(name, context);
    return this.answer(new CheckDomain({ domainId, scheduled: false }), context);
  }

  @Get(':name/check')
  @Requires('session')
  @ApiOkResponse({ type: DomainCheckBody })
  async check(@Param('name') name: string, @RequestContext() context: Context): Promise<DomainCheckBody> {
    const domain = await this.named(name, context);
    return DomainCheckBody.of(domain, await this.inspector.inspect(domain));
  }

  @Delete(':name')
  @Requires('admin')
  @Refuses('domain-in-use')
  @Awaits(domains, verifiedDomains)
  @HttpCode(204)
  async delete(@Param('name') name: string, @RequestContext() context: Context): Promise<void> {
    const { domainId, domain } = await this.named(name, context);
    await this.commands.execute(new DeleteDomain({ domainId, domain }), context);
  }

  private async named(name: string, { tenantId }: Context): Promise<DomainView> {
    const filter = { domain: domainName(name) ?? '' };
    const found = await this.views.for({ tenantId }).list(domains, 'byName', { filter, limit: 1 });
    const [domain] = found.results;
    if (!domain) throw notFound();
    return domain;
  }

  private async answer(command: AddDomain | CheckDomain, context: Context): Promise<DomainBody> {
    const { events }: Receipt = await this.commands.execute(command, context);
    return this.bodyOf(replay(domains, command.data.domainId, events));
  }

  private async bodyOf(domain: DomainView): Promise<DomainBody> {
    return DomainBody.of(domain, this.config.mailHostname, await this.times.last(domain.domainId));
  }
}
