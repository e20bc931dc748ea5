import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Issued } from '#kernel/messages';
import { Commands } from '#platform/event-sourcing/commands';
import { AcceptMessage, ForgetMessage, ReceiveMessage } from './commands.js';
import { isErased, ParsedMail } from './parsed-mail.js';

/** Mail that was taken apart on its way is one event and visible at once; any other is parsed after it is accepted. */
@CommandHandler(ReceiveMessage)
export class ReceiveMessageHandler implements ICommandHandler<Issued<ReceiveMessage>> {
  constructor(
    private readonly parsedMail: ParsedMail,
    private readonly commands: Commands,
  ) {}

  async execute({ data: { accepted, parsed }, context }: Issued<ReceiveMessage>): Promise<void> {
    if (parsed) return this.parsedMail.record(accepted, parsed, context);
    const { events } = await this.commands.execute(new AcceptMessage(accepted), context);
    if (!isErased(events)) return;
    const { messageId, inboxId, blobId } = accepted;
    const blobIds = [blobId];
    await this.commands.execute(new ForgetMessage({ messageId, inboxId, blobIds, placed: null }), context);
  }
}
