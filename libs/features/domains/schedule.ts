import type { DomainView } from './read-model.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** So long may it take until published records are seen everywhere. */
const PROPAGATION_MS = 48 * HOUR;
const PENDING_EVERY_MS = 10 * MINUTE;
const VERIFIED_EVERY_MS = 6 * HOUR;

/** When a domain is to be looked at next without anybody asking (ISO 8601, UTC); null: never. */
export const dueAt = (
  { status, createdAt, verifiedAt }: DomainView,
  lastCheckedAt: string | null,
): string | null => {
  const last = Date.parse(lastCheckedAt ?? verifiedAt ?? createdAt);
  if (status === 'verified') return new Date(last + VERIFIED_EVERY_MS).toISOString();
  const next = last + PENDING_EVERY_MS;
  const isTimely = status === 'pending' && next <= Date.parse(createdAt) + PROPAGATION_MS;
  return isTimely ? new Date(next).toISOString() : null;
};
