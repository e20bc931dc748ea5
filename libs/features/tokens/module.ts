import { Global, Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { TokenCredentials } from '#platform/http/credentials';
import { TokenUses } from '#platform/http/token-uses';
import { token } from './decider.js';
import { AgentTokens } from './directory.js';
import { TokensController } from './http.js';
import { Issuing } from './issuing.js';
import { tokenDigests, tokens } from './read-model.js';

@Global()
@Module({
  imports: [EventSourcingModule.forFeature({ aggregates: [token], projections: [tokens, tokenDigests] })],
  providers: [Issuing, TokenUses, { provide: TokenCredentials, useClass: AgentTokens }],
  controllers: [TokensController],
  exports: [TokenCredentials, TokenUses],
})
export class TokensModule {}
