import { Injectable } from '@nestjs/common';
import { about, type Context } from '#kernel/context';
import type { Receipt } from '#kernel/messages';
import { replay } from '#kernel/projection';
import { newCause } from '#platform/event-sourcing/cause';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { CreateToken, RotateToken, type TokenCommand } from './commands.js';
import type { TokenCreated } from './events.js';
import { digestOf, newRawToken, prefixOf } from './raw-token.js';
import { tokenDigests, tokens, type TokenView } from './read-model.js';

export type Issued = Readonly<{ token: TokenView; raw: string }>;

/** Every change of a token: in force in every process before it is answered, or refused as not yet effective. */
@Injectable()
export class Issuing {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
  ) {}

  /**
   * The raw value is known here and nowhere else. Where an attempt before, with the same `Idempotency-Key`, created
   * the token but did not come to answer, its value is lost, and the token gets another one.
   */
  async create(fields: Omit<TokenCreated['data'], 'digest' | 'prefix'>, context: Context): Promise<Issued> {
    const raw = newRawToken();
    const command = new CreateToken({ ...fields, digest: digestOf(raw), prefix: prefixOf(raw) });
    const token = await this.change(command, context);
    if (token.digest === digestOf(raw)) return { token, raw };
    return this.rotate(fields.tokenId, null, newCause(about(context, fields.inboxId)));
  }

  /** `graceUntil`: how long the value before is accepted as well. */
  async rotate(tokenId: string, graceUntil: string | null, context: Context): Promise<Issued> {
    const raw = newRawToken();
    const { now } = context;
    const value = { digest: digestOf(raw), prefix: prefixOf(raw) };
    return {
      token: await this.change(new RotateToken({ tokenId, ...value, graceUntil, now }), context),
      raw,
    };
  }

  async change(command: TokenCommand, context: Context): Promise<TokenView> {
    const receipt: Receipt = await this.commands.execute(command, context);
    const { tokenId } = command.data;
    const token = replay(tokens, tokenId, receipt.events);
    await this.views.saveAhead(tokenDigests, token.digest, receipt);
    await this.views.saveAhead(tokens, tokenId, receipt);
    return token;
  }
}
