import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Issued } from '#kernel/messages';
import { Commands } from '#platform/event-sourcing/commands';
import { AcceptMessage, ReceiveMessage } from './commands.js';
import { ParsedMail } from './parsed-mail.js';

/** Mail that was taken apart on its way is one event and visible at once; any other is parsed after it is accepted. */
@CommandHandler(ReceiveMessage)
export class ReceiveMessageHandler implements ICommandHandler<Issued<ReceiveMessage>> {
  constructor(
    private readonly parsedMail: ParsedMail,
    private readonly commands: Commands,
  ) {}

  async execute({ data: { accepted, parsed }, context }: Issued<ReceiveMessage>): Promise<void> {
    if (parsed) return this.parsedMail.record(accepted, parsed, context);
    const receipt = await this.commands.execute(new AcceptMessage(accepted), context);
    await this.parsedMail.forgetErased(receipt, accepted, [accepted.blobId], context);
  }
}
