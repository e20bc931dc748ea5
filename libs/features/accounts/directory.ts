import { Injectable } from '@nestjs/common';
import { Directory, type Found } from '#platform/event-sourcing/directory';
import { SessionCredentials, type Principal } from '#platform/http/credentials';
import { users, type UserView } from './read-model.js';
import { sessionInvalid, Sessions } from './sessions.js';

/** Users by id, whosever they are: a session is looked up before its tenant is known. */
@Injectable()
export class UserDirectory {
  constructor(private readonly directory: Directory) {}

  find(userId: string): Promise<Found<UserView> | null> {
    return this.directory.get(users, userId);
  }
}

/** Nothing is cached: a signed-out session and a changed role count on the very next call. */
@Injectable()
export class UserSessions extends SessionCredentials {
  constructor(
    private readonly sessions: Sessions,
    private readonly users: UserDirectory,
  ) {
    super();
  }

  async authenticate(bearer: string): Promise<Principal> {
    const session = await this.sessions.find(bearer);
    const user = session && (await this.users.find(session.userId));
    if (!user) throw sessionInvalid();
    const { tenantId } = user.scope;
    return { tenantId, actor: { type: 'user', id: user.key }, role: user.document.role, scopes: [] };
  }
}
