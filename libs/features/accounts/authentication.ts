import { Injectable } from '@nestjs/common';
import type { Context } from '#kernel/context';
import { forbidden, invalid, unauthenticated } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';
import { newCause } from '#platform/event-sourcing/cause';
import { Commands } from '#platform/event-sourcing/commands';
import { Reservations } from '#platform/reservations/reservations';
import { RecordPasswordChange, SignIn, SignOut } from './commands.js';
import { UserDirectory } from './directory.js';
import type { SignOutReason } from './events.js';
import { Passwords } from './passwords.js';
import { sessionInvalid, Sessions, type Session, type TokenPair } from './sessions.js';

/** The name that reserves an e-mail address, compared without case. */
export const emailName = (email: string) => ({ kind: 'user-email', value: email.trim().toLowerCase() });

/** Where an anonymous call comes from: its id, and the address of the client. */
type Origin = Readonly<{ id: string; ip: string }>;

/** Sign-in, and everything that begins and ends a session. What fails leaves no event. */
@Injectable()
export class Authentication {
  constructor(
    private readonly reservations: Reservations,
    private readonly users: UserDirectory,
    private readonly passwords: Passwords,
    private readonly sessions: Sessions,
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  /** The same work, time and answer whether the address is unknown or the password wrong. */
  async signIn(email: string, password: string, origin: Origin): Promise<TokenPair> {
    const owner = await this.reservations.ownerOf(emailName(email));
    const userId = owner ? owner.stream.slice('user-'.length) : null;
    const version = await this.passwords.verify(userId, password);
    const user = userId === null ? null : await this.users.find(userId);
    if (version === null || !user) throw credentialsInvalid();
    if (!user.document.confirmed)
      throw forbidden('email-not-confirmed', 'Confirm the e-mail address with the code that was sent to it');

    const context = this.contextOf({ userId: user.key, tenantId: user.scope.tenantId }, origin);
    const pair = await this.open(user.key, context);
    if (await this.passwords.isVersion(user.key, version)) return pair;
    await this.sessions.end(pair.access_token);
    throw credentialsInvalid();
  }

  /** A new session, whoever vouches for the user. */
  async open(userId: string, context: Context): Promise<TokenPair> {
    const sessionId = context.newId('ses');
    await this.commands.execute(new SignIn({ sessionId, userId }), context);
    return this.sessions.open({ sessionId, userId, tenantId: context.tenantId });
  }

  async refresh(refreshToken: string, origin: Origin): Promise<TokenPair> {
    const answer = await this.sessions.refresh(refreshToken);
    if (!('reused' in answer)) return answer;
    await this.signedOut(answer.reused, 'refresh-token-reused', this.contextOf(answer.reused, origin));
    throw sessionInvalid();
  }

  async signOut(accessToken: string, context: Context): Promise<void> {
    const session = await this.sessions.find(accessToken);
    await this.sessions.end(accessToken);
    if (session) await this.signedOut(session, 'signed-out', context);
  }

  /** Ends all other sessions. */
  async changePassword(
    { current, next }: { current: string; next: string },
    accessToken: string,
    context: Context,
  ): Promise<void> {
    const userId = context.actor.id;
    if ((await this.passwords.verify(userId, current)) === null)
      throw invalid('currentPassword', 'wrong', 'This is not the current password');
    await this.passwords.set(userId, next);
    await this.commands.execute(new RecordPasswordChange({ userId }), context);
    for (const session of await this.sessions.endOthers(userId, accessToken))
      await this.signedOut(session, 'password-changed', context);
  }

  private async signedOut({ sessionId }: Session, reason: SignOutReason, context: Context): Promise<void> {
    await this.commands.execute(new SignOut({ sessionId, reason }), context);
  }

  private contextOf({ userId, tenantId }: Omit<Session, 'sessionId'>, { id, ip }: Origin): Context {
    const actor = { type: 'user', id: userId } as const;
    return newCause({ tenantId, actor, now: this.clock.now(), correlationId: id, ip });
  }
}

const credentialsInvalid = () =>
  unauthenticated('credentials-invalid', 'The e-mail address or the password is wrong');
