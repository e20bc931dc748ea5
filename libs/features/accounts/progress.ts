import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import { Views } from '#platform/event-sourcing/views';
import type { HttpRequest } from '#platform/http/request-context';
import { Records } from '#platform/vault/records';
import { domains } from '../domains/read-model.js';
import { inboxes } from '../inboxes/read-model.js';
import { messages } from '../mailbox/read-model.js';
import { tokens } from '../tokens/read-model.js';
import type { Progress } from './next-step.js';

/** Whether anybody of a tenant has read its mail yet: no fact, so it is in the vault. */
@Injectable()
export class FirstReadings {
  private readonly noted = new Set<string>();

  constructor(private readonly records: Records) {}

  async note(tenantId: string): Promise<void> {
    if (this.noted.has(tenantId)) return;
    await this.records.put(nameOf(tenantId), Buffer.from('read'));
    this.noted.add(tenantId);
  }

  async has(tenantId: string): Promise<boolean> {
    return this.noted.has(tenantId) || (await this.records.get(nameOf(tenantId))) !== null;
  }
}

const nameOf = (tenantId: string) => `first-readings/${tenantId}`;
const READING = /^\/v1\/messages(\/|\?|$)/;

/** Notes whoever reads messages, on whatever route that is. */
@Injectable()
export class NoteReading implements NestInterceptor {
  constructor(private readonly readings: FirstReadings) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, url, caller } = execution.switchToHttp().getRequest<HttpRequest>();
    if (method !== 'GET' || !caller || !READING.test(url)) return next.handle();
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        await this.readings.note(caller.tenantId);
        return answer;
      }),
    );
  }
}

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
