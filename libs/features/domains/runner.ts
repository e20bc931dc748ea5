import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Context } from '#kernel/context';
import { isFinal, reasonOf } from '#kernel/errors';
import type { Issued } from '#kernel/messages';
import { Clock } from '#platform/clock/clock';
import { newCause } from '#platform/event-sourcing/cause';
import { Commands } from '#platform/event-sourcing/commands';
import { Directory, type Found } from '#platform/event-sourcing/directory';
import { idsFrom, uuid5 } from '#platform/event-sourcing/ids';
import { Views } from '#platform/event-sourcing/views';
import { Scheduler } from '#platform/scheduler/scheduler';
import { CheckTimes } from './checks.js';
import { CheckDomain, LoseClaim, LoseOtherClaims } from './commands.js';
import { dueAt } from './schedule.js';
import { domains, type DomainView } from './read-model.js';

const LOOK_EVERY_MS = 60_000;
const AT_ONCE = 8;

/** Re-checks what is due, at boot and from then on; what came due while nothing ran is checked once. */
@Injectable()
export class DomainRechecks implements OnApplicationBootstrap {
  private readonly logger = new Logger(DomainRechecks.name);

  constructor(
    private readonly directory: Directory,
    private readonly views: Views,
    private readonly commands: Commands,
    private readonly times: CheckTimes,
    private readonly scheduler: Scheduler,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap() {
    const run = (stopping: AbortSignal) => this.run(stopping);
    this.scheduler.start({ name: 'domains.recheck', everyMs: LOOK_EVERY_MS, run });
  }

  private async run(stopping: AbortSignal) {
    await this.views.reached(domains);
    const underWay = new Set<Promise<void>>();
    for await (const found of this.directory.each(domains, 'ofEverybody')) {
      if (stopping.aborted) break;
      const due = dueAt(found.document, await this.times.last(found.key));
      if (due === null || due > this.clock.now()) continue;
      const check = this.check(found, due).finally(() => underWay.delete(check));
      underWay.add(check);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  }

  private async check({ key: domainId, scope }: Found<DomainView>, due: string) {
    try {
      await this.commands.execute(
        new CheckDomain({ domainId, scheduled: true }),
        this.context(scope, domainId, due),
      );
    } catch (error) {
      this.logger.warn(`${domainId} was not checked: ${reasonOf(error)}`);
    }
  }

  /** Derived from what is due: two processes that check it at once record it once. */
  private context({ tenantId }: Found<DomainView>['scope'], domainId: string, due: string): Context {
    const causationId = uuid5('domain-recheck', domainId, due);
    return {
      tenantId,
      actor: { type: 'system', id: 'domains.recheck' },
      correlationId: causationId,
      causationId,
      now: this.clock.now(),
      newId: idsFrom(causationId, due),
    };
  }
}

@CommandHandler(LoseOtherClaims)
export class LoseOtherClaimsHandler implements ICommandHandler<Issued<LoseOtherClaims>> {
  constructor(
    private readonly directory: Directory,
    private readonly commands: Commands,
  ) {}

  async execute({ data: { domain, domainId }, context: { actor, now } }: Issued<LoseOtherClaims>) {
    for await (const { key, scope } of this.directory.each(domains, 'byName', { filter: { domain } })) {
      if (key === domainId) continue;
      try {
        await this.commands.execute(new LoseClaim({ domainId: key }), newCause({ ...scope, actor, now }));
      } catch (error) {
        if (!isFinal(error)) throw error;
      }
    }
  }
}
