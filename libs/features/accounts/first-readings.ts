import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import type { HttpRequest } from '#platform/http/request-context';
import { Records } from '#platform/vault/records';

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
