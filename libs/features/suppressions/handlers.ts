import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { isDomainError } from '#kernel/errors';
import type { Issued } from '#kernel/messages';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { ForgetSuppressions, LiftSuppression } from './commands.js';
import { suppressions } from './read-model.js';

/** One after the other; what somebody lifted meanwhile is no reason to keep the rest. */
@CommandHandler(ForgetSuppressions)
export class ForgetSuppressionsHandler implements ICommandHandler<Issued<ForgetSuppressions>> {
  constructor(
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  async execute({ data: { inboxId }, context }: Issued<ForgetSuppressions>): Promise<void> {
    const views = this.views.for({ tenantId: context.tenantId, inboxId });
    for await (const { suppressionId } of views.each(suppressions, 'newest'))
      try {
        await this.commands.execute(new LiftSuppression({ suppressionId }), context);
      } catch (error) {
        if (!isDomainError(error) || error.kind !== 'not-found') throw error;
      }
  }
}
