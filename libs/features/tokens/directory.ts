import { Injectable } from '@nestjs/common';
import { Clock } from '#platform/clock/clock';
import { Directory } from '#platform/event-sourcing/directory';
import { TokenCredentials, type Principal } from '#platform/http/credentials';
import { TokenUses } from '#platform/http/token-uses';
import { inboxes } from '../inboxes/read-model.js';
import { invalidToken, objectionTo } from './judge.js';
import { digestOf, isRawToken } from './raw-token.js';
import { tokenDigests, tokens } from './read-model.js';
import { effective } from './scopes.js';

/** Nothing is cached: what a token may is asked of the documents that the command side saved. */
@Injectable()
export class AgentTokens extends TokenCredentials {
  constructor(
    private readonly directory: Directory,
    private readonly uses: TokenUses,
    private readonly clock: Clock,
  ) {
    super();
  }

  async authenticate(bearer: string): Promise<Principal> {
    if (!isRawToken(bearer)) throw invalidToken();
    const [digest, now] = [digestOf(bearer), this.clock.now()];
    const made = await this.directory.get(tokenDigests, digest);
    const token = made && (await this.directory.get(tokens, made.document.tokenId));
    const inbox = token && (await this.directory.get(inboxes, token.document.inboxId));
    const objection = objectionTo(token?.document ?? null, inbox?.document ?? null, { digest, now });
    if (!token || objection) throw objection ?? invalidToken();
    this.uses.note(token.key, now);
    const { inboxId, scopes } = token.document;
    return {
      tenantId: token.scope.tenantId,
      inboxId,
      actor: { type: 'token', id: token.key },
      scopes: effective(scopes),
    };
  }
}
