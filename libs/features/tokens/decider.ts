import { aggregate } from '#kernel/aggregate';
import { conflict, notFound } from '#kernel/errors';
import { CreateToken, PauseToken, ResumeToken, RevokeToken, RotateToken } from './commands.js';
import type { TokenCommand } from './commands.js';
import { tokenEvents, type TokenEvent } from './events.js';

type Token = Readonly<{ status: 'absent' | 'active' | 'paused' | 'revoked'; expiresAt: string | null }>;

/** Its scopes never change: another need is another token. */
export const token = aggregate<TokenCommand, Token, TokenEvent>({
  category: 'token',
  id: ({ data }) => data.tokenId,
  commands: { CreateToken, RotateToken, PauseToken, ResumeToken, RevokeToken },
  events: tokenEvents,
  initialState: { status: 'absent', expiresAt: null },

  decide: {
    CreateToken: (data, { status }) => {
      if (status !== 'absent') throw conflict('token-exists', 'There is such a token already');
      return { type: 'TokenCreated', data };
    },
    RotateToken: ({ now, ...data }, token) => {
      needAlive(token, now);
      return { type: 'TokenRotated', data };
    },
    PauseToken: ({ tokenId, now }, token) => {
      needAlive(token, now);
      return token.status === 'paused' ? [] : { type: 'TokenPaused', data: { tokenId } };
    },
    ResumeToken: ({ tokenId, now }, token) => {
      needAlive(token, now);
      return token.status === 'active' ? [] : { type: 'TokenResumed', data: { tokenId } };
    },
    RevokeToken: (data, { status }) => {
      if (status === 'absent') throw notFound();
      return status === 'revoked' ? [] : { type: 'TokenRevoked', data };
    },
  },

  evolve: {
    TokenCreated: (_, { expiresAt }) => ({ status: 'active', expiresAt }),
    TokenRotated: (token) => token,
    TokenPaused: (token) => ({ ...token, status: 'paused' }),
    TokenResumed: (token) => ({ ...token, status: 'active' }),
    TokenRevoked: (token) => ({ ...token, status: 'revoked' }),
  },
});

const needAlive = ({ status, expiresAt }: Token, now: string) => {
  if (status === 'absent') throw notFound();
  if (status === 'revoked' || (expiresAt !== null && expiresAt <= now))
    throw conflict('token-not-active', 'It is revoked or expired, and that is final');
};
