import type { Recorded } from '#kernel/messages';
import { projection } from '#kernel/projection';
import type { TokenCreated, TokenEvent, TokenRotated } from './events.js';

export const TOKEN_STATUSES = ['active', 'paused', 'revoked', 'expired'] as const;
export type TokenStatus = (typeof TOKEN_STATUSES)[number];

/** A value that was accepted before, and is until `until`. */
type Earlier = Readonly<{ digest: string; until: string }>;

export type TokenView = Readonly<{
  tokenId: string;
  inboxId: string;
  label: string;
  scopes: readonly string[];
  requiresApproval: readonly string[];
  /** As set; whether it has expired is asked when it is read. */
  status: Exclude<TokenStatus, 'expired'>;
  expiresAt: string | null;
  createdAt: string;
  prefix: string;
  digest: string;
  earlier: readonly Earlier[];
  revision: string;
}>;

/** Every call of an agent reads its token here: so it is saved before a change is answered. */
export const tokens = projection<TokenView, TokenEvent, 'newest'>({
  name: 'tokens',
  version: 1,
  key: ({ data }) => data.tokenId,
  queries: { newest: { filter: ['status'], sort: ['-createdAt'] } },

  on: {
    TokenCreated: (_, event) => ({
      ...event.data,
      status: 'active',
      createdAt: event.metadata.occurredAt,
      earlier: [],
      revision: String(event.revision),
    }),
    TokenRotated: (token, event) => token && changed(token, event, rotated(token, event)),
    TokenPaused: (token, event) => token && changed(token, event, { status: 'paused' }),
    TokenResumed: (token, event) => token && changed(token, event, { status: 'active' }),
    TokenRevoked: (token, event) => token && changed(token, event, { status: 'revoked' }),
  },
});

/** Which token a value was made for. Whether it is accepted, the token knows: this never changes. */
export const tokenDigests = projection<Readonly<{ tokenId: string }>, TokenCreated | TokenRotated>({
  name: 'token-digests',
  version: 1,
  key: ({ data }) => data.digest,
  queries: {},

  on: {
    TokenCreated: (_, { data: { tokenId } }) => ({ tokenId }),
    TokenRotated: (_, { data: { tokenId } }) => ({ tokenId }),
  },
});

export const statusOf = ({ status, expiresAt }: TokenView, now: string): TokenStatus =>
  status !== 'revoked' && expiresAt !== null && expiresAt <= now ? 'expired' : status;

const changed = (token: TokenView, { revision }: Recorded, changes: Partial<TokenView>): TokenView => ({
  ...token,
  ...changes,
  revision: String(revision),
});

const rotated = (token: TokenView, { data, metadata: { occurredAt } }: Recorded<TokenRotated>) => {
  const { digest, prefix, graceUntil } = data;
  const still = token.earlier.filter(({ until }) => until > occurredAt);
  const earlier = graceUntil === null ? [] : [...still, { digest: token.digest, until: graceUntil }];
  return { digest, prefix, earlier };
};
