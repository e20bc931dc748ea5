import type { Actor, Scope } from '#kernel/context';
import { notFound } from '#kernel/errors';

export type Principal = Readonly<{
  tenantId: string;
  /** An agent token is bound to one inbox. */
  inboxId?: string;
  /** A user is a session, everything else a token. */
  actor: Actor;
  role?: 'member' | 'admin' | 'owner';
  scopes: readonly string[];
}>;

/** Owners can do whatever admins can. */
export const isAdmin = (caller: Principal | undefined): boolean =>
  caller?.role === 'admin' || caller?.role === 'owner';

/** Port, implemented by the feature that issues agent tokens (`gent_…`). */
export abstract class TokenCredentials {
  /** Refuses a token that is unknown, paused, expired or revoked, with the code of that case. */
  abstract authenticate(bearer: string): Promise<Principal>;
}

/** Port, implemented by the feature that signs users in. */
export abstract class SessionCredentials {
  /** Refuses an access token that is unknown, expired or signed out with `session-invalid`. */
  abstract authenticate(bearer: string): Promise<Principal>;
}

/** Port, implemented by the feature that keeps the inboxes. */
export abstract class InboxDirectory {
  /** An inbox of the tenant, by its id or its address. */
  abstract find(tenantId: string, idOrAddress: string): Promise<string | undefined>;

  /** As `find`, for the path of a route: not found where there is none, or the caller is bound to another one. */
  async named({ tenantId, inboxId: own }: Scope, idOrAddress: string): Promise<string> {
    const inboxId = await this.find(tenantId, idOrAddress);
    if (!inboxId || (own ?? inboxId) !== inboxId) throw notFound();
    return inboxId;
  }
}
