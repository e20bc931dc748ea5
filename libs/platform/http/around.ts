import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { Answers } from './answer.js';
import { Idempotency } from './idempotency.js';
import { refuseUndeclared } from './undeclared.js';

/** Everything around a handler in one layer: a layer of Nest's costs more than what is done in it. */
@Injectable()
export class Around implements NestInterceptor {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly answers: Answers,
  ) {}

  async intercept(
    execution: ExecutionContext,
    next: CallHandler<object | undefined>,
  ): Promise<Observable<unknown>> {
    const work = async () => {
      refuseUndeclared(execution);
      const answer = await lastValueFrom(next.handle(), { defaultValue: undefined });
      return this.answers.complete(execution, answer);
    };
    return of(await this.idempotency.once(execution, work));
  }
}
