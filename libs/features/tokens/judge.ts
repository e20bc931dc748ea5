import { unauthenticated, type DomainError } from '#kernel/errors';
import type { InboxView } from '../inboxes/read-model.js';
import { statusOf, type TokenView } from './read-model.js';

type Claim = Readonly<{ digest: string; now: string }>;

/** Why a token is not accepted, if it is not. What is unknown, revoked, expired or closed looks the same outside. */
export const objectionTo = (
  token: TokenView | null,
  inbox: InboxView | null,
  { digest, now }: Claim,
): DomainError | null => {
  if (!token || !inbox || !isCurrent(token, { digest, now })) return invalidToken();
  const status = statusOf(token, now);
  if (status === 'revoked' || status === 'expired') return invalidToken();
  if (inbox.status === 'closing' || inbox.status === 'purged') return invalidToken();
  if (!inbox.agentAccess)
    return unauthenticated('inbox-deactivated', 'The inbox of this token is deactivated');
  return status === 'paused' ? unauthenticated('token-paused', 'This token is paused') : null;
};

const isCurrent = (token: TokenView, { digest, now }: Claim): boolean =>
  token.digest === digest || token.earlier.some((each) => each.digest === digest && each.until > now);

export const invalidToken = () => unauthenticated('token-invalid', 'This token is not valid');
