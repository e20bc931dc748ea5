import { Injectable } from '@nestjs/common';
import { invalid, notFound } from '#kernel/errors';
import { Directory, type Found } from '#platform/event-sourcing/directory';
import { SessionCredentials, type Principal } from '#platform/http/credentials';
import { tenants, users, type TenantView, type UserView } from './read-model.js';
import { sessionInvalid, Sessions } from './sessions.js';

/** Users by id, whosever they are: a session is looked up before its tenant is known. */
@Injectable()
export class UserDirectory {
  constructor(private readonly directory: Directory) {}

  find(userId: string): Promise<Found<UserView> | null> {
    return this.directory.get(users, userId);
  }
}

/** For the operator, who is of no tenant. */
@Injectable()
export class TenantDirectory {
  constructor(private readonly directory: Directory) {}

  async all(): Promise<readonly TenantView[]> {
    const found: TenantView[] = [];
    for await (const { document } of this.directory.each(tenants, 'all')) found.push(document);
    return found;
  }

  /** The one that is named, or the only one there is. */
  async only(tenantId: unknown): Promise<TenantView> {
    if (typeof tenantId === 'string') {
      const named = await this.directory.get(tenants, tenantId);
      if (!named) throw notFound(`There is no tenant ${tenantId}; "gent tenant list" tells which there are`);
      return named.document;
    }
    const [tenant, ...others] = await this.all();
    if (!tenant) throw notFound('There is no tenant yet: start Gent once');
    if (others.length > 0)
      throw invalid('tenant', 'required', 'There are several tenants: name one with --tenant');
    return tenant;
  }

  /** The owner who has been there longest. */
  async ownerOf(tenantId: string): Promise<string | null> {
    for await (const { key, scope } of this.directory.each(users, 'byRole', { filter: { role: 'owner' } }))
      if (scope.tenantId === tenantId) return key;
    return null;
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
