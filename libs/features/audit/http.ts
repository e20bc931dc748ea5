import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { inboxOf, type Context } from '#kernel/context';
import { isAdmin, type Principal } from '#platform/http/credentials';
import { pageBody, placeOf } from '#platform/http/page';
import { Refuses } from '#platform/http/refuses';
import { Caller, RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import { AuditExportQuery, AuditPage, AuditQuery, type AuditFilters } from './bodies.js';
import { Trail, type Wanted } from './trail.js';

@ApiTags('Audit')
@Controller('audit')
export class AuditController {
  constructor(private readonly trail: Trail) {}

  @Get()
  @Requires('audit:read')
  @Refuses('inbox-id-required', 'position-too-deep')
  @ApiOkResponse({ type: AuditPage })
  async list(
    @Query() query: AuditQuery,
    @Caller() caller: Principal,
    @RequestContext() context: Context,
  ): Promise<AuditPage> {
    const page = await this.trail.page(await this.wanted(query, caller, context), placeOf(query));
    return pageBody(query, page, (entry) => entry);
  }

  @Get('export')
  @Requires('audit:read')
  @Refuses('inbox-id-required', 'position-too-deep')
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string' } })
  async export(
    @Query() query: AuditExportQuery,
    @Caller() caller: Principal,
    @RequestContext() context: Context,
  ): Promise<StreamableFile> {
    const { position, limit, cursor, sort } = query;
    const paging = { position, limit, cursor, reverse: sort === 'asc' };
    const lines = this.trail.lines(await this.wanted(query, caller, context), paging);
    return new StreamableFile(Readable.from(lines, { objectMode: false }), { type: 'application/x-ndjson' });
  }

  /** Owners and admins see everything of the tenant; everybody else sees one inbox, an agent its own. */
  private wanted(filters: AuditFilters, caller: Principal, context: Context): Promise<Wanted> {
    const { tenantId, now } = context;
    const inboxId = isAdmin(caller) ? context.inboxId : inboxOf(context);
    return this.trail.wanted({ tenantId, inboxId }, filters, now);
  }
}
