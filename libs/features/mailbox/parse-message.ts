import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Context } from '#kernel/context';
import type { Issued } from '#kernel/messages';
import { ByteBudget } from '#platform/parsing/byte-budget';
import { Parser } from '#platform/parsing/parser';
import { Blobs } from '#platform/vault/blobs';
import { ParseMessage } from './commands.js';
import type { MessageAccepted } from './events.js';
import { ParsedMail } from './parsed-mail.js';

/** Of mail that is being parsed; the largest message has 25 MiB. */
const IN_MEMORY = 32 * 1024 * 1024;

/**
 * Mail that was accepted before it was taken apart; every step may be done again, and leaves the same. The parser
 * has an answer for any bytes, so hostile mail holds up nothing.
 */
@CommandHandler(ParseMessage)
export class ParseMessageHandler implements ICommandHandler<Issued<ParseMessage>> {
  private readonly budget = new ByteBudget(IN_MEMORY);

  constructor(
    private readonly blobs: Blobs,
    private readonly parser: Parser,
    private readonly parsedMail: ParsedMail,
  ) {}

  async execute({ data, context }: Issued<ParseMessage>): Promise<void> {
    await this.budget.spend(data.size, () => this.parse(data, context));
  }

  private async parse(accepted: MessageAccepted['data'], context: Context) {
    const raw = await this.blobs.read(accepted.blobId);
    // Erased, or its inbox was purged, before its turn came.
    if (!raw) return;
    await this.parsedMail.record(accepted, await this.parser.parse(raw), context);
  }
}
