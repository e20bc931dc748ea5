import { Injectable } from '@nestjs/common';
import { Views } from '#platform/event-sourcing/views';
import { domains } from '../domains/read-model.js';
import { inboxes } from '../inboxes/read-model.js';
import { messages } from '../mailbox/read-model.js';
import { tokens } from '../tokens/read-model.js';
import { FirstReadings } from './first-readings.js';
import type { Progress } from './next-step.js';

/** How far a tenant has come, from the views of the features that its steps are in. */
@Injectable()
export class TenantProgress {
  constructor(
    private readonly views: Views,
    private readonly readings: FirstReadings,
  ) {}

  async of(tenantId: string): Promise<Progress> {
    const own = this.views.for({ tenantId });
    const one = { limit: 1 };
    const [claims, inbox, token, outbound, hasRead] = await Promise.all([
      own.list(domains, 'newest', { limit: 200 }),
      own.list(inboxes, 'newest', { ...one, filter: { listed: true } }),
      own.list(tokens, 'newest', one),
      own.list(messages, 'byTime', { ...one, filter: { direction: 'outbound' } }),
      this.readings.has(tenantId),
    ]);
    return {
      unverified: claims.results.find(({ status }) => status !== 'verified')?.domain ?? null,
      isVerified: claims.results.some(({ status }) => status === 'verified'),
      hasInbox: inbox.results.length > 0,
      hasToken: token.results.length > 0,
      hasSent: outbound.results.length > 0,
      hasRead,
    };
  }
}
