import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { unauthenticated } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';
import { later } from '#platform/time/later';
import { jsonBytes, Records } from '#platform/vault/records';

export const ACCESS_MS = 15 * 60_000;
const REFRESH_MS = 30 * 24 * 60 * 60_000;
/** Access tokens of one session that live at once: a refresh does not end the one before. */
const MOST_ACCESS = 8;

export type TokenPair = Readonly<{ access_token: string; refresh_token: string }>;
export type Session = Readonly<{ sessionId: string; userId: string; tenantId: string }>;
type Secret = Readonly<{ digest: string; expiresAt: string }>;
type Kept = Session & Readonly<{ access: readonly Secret[]; refresh: Secret }>;
type Parsed = Readonly<{ userId: string; record: string; secret: string }>;

/**
 * The credentials of sessions: random strings kept as hashes, in the vault and not in the log, because they may
 * be forgotten and every request reads them. Both tokens of a session lead to its one record, so deleting that
 * ends them at once, in every process.
 */
@Injectable()
export class Sessions {
  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  async open(session: Session): Promise<TokenPair> {
    const handle = secret();
    const pair = await this.keep(
      recordOf(session.userId, handle),
      handle,
      { ...session, access: [] },
      'absent',
    );
    if (!pair) throw sessionInvalid();
    return pair;
  }

  /** The session of an access token that holds. */
  async find(accessToken: string): Promise<Session | null> {
    const token = parse('gsa_', accessToken);
    const kept = token && (await this.read(token.record))?.kept;
    const now = this.clock.now();
    const isValid = kept?.access.some((each) => each.expiresAt > now && matches(each, token?.secret));
    return kept && isValid ? kept : null;
  }

  /** A new pair for a refresh token, which is used up by it; one that was used before ends the session. */
  async refresh(refreshToken: string): Promise<TokenPair | { reused: Session }> {
    const token = parse('gsr_', refreshToken);
    const found = token && (await this.read(token.record));
    if (!token || !found || found.kept.refresh.expiresAt <= this.clock.now()) throw sessionInvalid();
    if (!matches(found.kept.refresh, token.secret)) {
      await this.records.delete(token.record);
      return { reused: found.kept };
    }
    const pair = await this.keep(token.record, handleOf(refreshToken), found.kept, found.version);
    // Somebody used it at the same moment, so by now it was used before.
    return pair ?? this.refresh(refreshToken);
  }

  async end(accessToken: string): Promise<void> {
    const token = parse('gsa_', accessToken);
    if (token) await this.records.delete(token.record);
  }

  /** Ends every session of a user but the one that asks; the answer is the ones that ended. */
  async endOthers(userId: string, accessToken: string): Promise<readonly Session[]> {
    const own = parse('gsa_', accessToken)?.record;
    const names = (await this.records.list(`sessions/${userId}/`)).filter((name) => name !== own);
    const ended = await Promise.all(
      names.map(async (name) => {
        const found = await this.read(name);
        await this.records.delete(name);
        return found ? [found.kept] : [];
      }),
    );
    return ended.flat();
  }

  private async keep(
    record: string,
    handle: string,
    { access, ...session }: Omit<Kept, 'refresh'>,
    expected: 'absent' | number,
  ): Promise<TokenPair | null> {
    const now = this.clock.now();
    const [accessSecret, refreshSecret] = [secret(), secret()];
    const live = access.filter(({ expiresAt }) => expiresAt > now).slice(1 - MOST_ACCESS);
    const refresh = { digest: digest(refreshSecret), expiresAt: later(now, REFRESH_MS) };
    const kept: Kept = {
      ...session,
      access: [...live, { digest: digest(accessSecret), expiresAt: later(now, ACCESS_MS) }],
      refresh,
    };
    const options = { expected, expiresAt: refresh.expiresAt };
    if (!(await this.records.put(record, jsonBytes(kept), options))) return null;
    const of = (prefix: string, value: string) => `${prefix}${session.userId}_${handle}${value}`;
    return { access_token: of('gsa_', accessSecret), refresh_token: of('gsr_', refreshSecret) };
  }

  private async read(record: string): Promise<{ kept: Kept; version: number } | null> {
    const found = await this.records.get(record);
    if (!found) return null;
    return { kept: JSON.parse(Buffer.from(found.value).toString()) as Kept, version: found.version };
  }
}

export const sessionInvalid = () =>
  unauthenticated('session-invalid', 'This session is over or never was; sign in again');

const TOKEN = /^(gsa_|gsr_)(usr_[0-9A-HJKMNP-TV-Z]{26})_([\w-]{32})([\w-]{32})$/;

const parse = (kind: 'gsa_' | 'gsr_', token: string): Parsed | null => {
  const [, prefix, userId = '', handle = '', value = ''] = TOKEN.exec(token) ?? [];
  return prefix === kind ? { userId, record: recordOf(userId, handle), secret: value } : null;
};

const handleOf = (token: string) => TOKEN.exec(token)?.[3] ?? '';
const recordOf = (userId: string, handle: string) => `sessions/${userId}/${digest(handle)}`;
const secret = () => randomBytes(24).toString('base64url');
const digest = (value: string) => createHash('sha256').update(value).digest('base64url');

const matches = (kept: Secret, value: string | undefined): boolean =>
  value !== undefined && timingSafeEqual(Buffer.from(kept.digest), Buffer.from(digest(value)));
