import type { EventCatalog } from '#kernel/event-catalog';
import type { Event } from '#kernel/messages';

/**
 * `digest`: SHA-256 of the raw value, base64url; the raw value is shown once and kept nowhere. `scopes` as granted,
 * composites among them; `requiresApproval` names atomic ones only.
 */
export type TokenCreated = Event<
  'TokenCreated',
  {
    tokenId: string;
    inboxId: string;
    label: string;
    scopes: readonly string[];
    requiresApproval: readonly string[];
    expiresAt: string | null;
    digest: string;
    prefix: string;
  }
>;
/** `graceUntil`: until then the value before is accepted too; without it no value but the new one is. */
export type TokenRotated = Event<
  'TokenRotated',
  { tokenId: string; digest: string; prefix: string; graceUntil: string | null }
>;
export type TokenPaused = Event<'TokenPaused', { tokenId: string }>;
export type TokenResumed = Event<'TokenResumed', { tokenId: string }>;
export type TokenRevoked = Event<'TokenRevoked', { tokenId: string }>;
export type TokenEvent = TokenCreated | TokenRotated | TokenPaused | TokenResumed | TokenRevoked;

export const tokenEvents: EventCatalog<TokenEvent> = {
  TokenCreated: { version: 1 },
  TokenRotated: { version: 1 },
  TokenPaused: { version: 1 },
  TokenResumed: { version: 1 },
  TokenRevoked: { version: 1 },
};
