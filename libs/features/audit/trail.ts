import { Injectable } from '@nestjs/common';
import type { Scope } from '#kernel/context';
import { Views } from '#platform/event-sourcing/views';
import { present } from '#platform/http/input';
import { refuseTooDeep } from '#platform/http/page';
import type { Page, PageRequest } from '#platform/read-store/read-store';
import { boundsOf } from '#platform/time/bound';
import { later } from '#platform/time/later';
import { inboxes } from '../inboxes/read-model.js';
import { AuditEntryBody, type AuditFilters } from './bodies.js';
import { actorLabels, auditEntries } from './read-model.js';

const DAY_MS = 86_400_000;
/** Older entries are not shown; the log keeps them. */
const RETENTION_DAYS = 90;
const PAGE = 200;

/** Whose entries, and which of them. */
export type Wanted = Readonly<{ tenantId: string; conditions: PageRequest }>;
type Paging = Readonly<{
  position?: number | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
  reverse?: boolean;
}>;

@Injectable()
export class Trail {
  constructor(private readonly views: Views) {}

  /** Of a whole tenant, or of one of its inboxes alone, in whose zone bare times are read. */
  async wanted({ tenantId, inboxId }: Scope, filters: AuditFilters, now: string): Promise<Wanted> {
    const inbox = inboxId && (await this.views.for({ tenantId }).get(inboxes, inboxId));
    const zone = (inbox && inbox.config?.defaultTimezone) || 'utc';
    const { action, actor_id: actorId, resource_type: resourceType, resource_id: resourceId } = filters;
    const conditions = {
      filter: present({ inboxId, action, actorId, resourceType, resourceId }),
      since: later(now, -RETENTION_DAYS * DAY_MS),
      ...boundsOf(filters, zone, now),
    };
    return { tenantId, conditions };
  }

  /** With everything that had happened when it was asked for. */
  async page({ tenantId, conditions }: Wanted, paging: Paging): Promise<Page<AuditEntryBody>> {
    const { position, limit, cursor, reverse } = paging;
    await this.views.reached(auditEntries);
    const views = this.views.for({ tenantId });
    const page = await views.listWithPositions(auditEntries, 'newest', {
      ...conditions,
      ...present({ position, limit, cursor, reverse }),
    });
    const labels = await actorLabels(
      views,
      page.results.map(({ document }) => document),
    );
    const results = page.results.map(({ document, position: at }) =>
      AuditEntryBody.of(document, at, labels.get(document.actorId) ?? document.actorId),
    );
    return { ...page, results };
  }

  /** NDJSON, a page at a time: the next is read when somebody takes it. */
  async *lines(wanted: Wanted, paging: Paging): AsyncIterable<string> {
    const { limit = Infinity, ...order } = paging;
    let { position, cursor } = paging;
    for (let left = limit; left > 0;) {
      const page = await this.page(wanted, { ...order, position, cursor, limit: Math.min(left, PAGE) });
      refuseTooDeep(position ?? 0, page);
      if (page.results.length > 0) yield page.results.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      left -= page.results.length;
      if (!page.nextCursor) return;
      [position, cursor] = [undefined, page.nextCursor];
    }
  }
}
