import { randomUUID } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { forbidden, notFound, unauthenticated } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';
import { idsFrom } from '#platform/event-sourcing/ids';
import { InboxDirectory, SessionCredentials, TokenCredentials, type Principal } from './credentials.js';
import type { HttpRequest } from './request-context.js';
import { Requirements, type Requirement } from './requires.js';

/** The one place where a caller becomes a context: credential, scope, tenant, inbox. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly requirements: Requirements,
    private readonly tokens: TokenCredentials,
    private readonly sessions: SessionCredentials,
    private readonly inboxes: InboxDirectory,
    private readonly clock: Clock,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const requirement = this.requirements.of(execution.getHandler());
    if (!requirement) throw forbidden('scope-missing', 'Nobody may call this');
    if (requirement === 'public') return true;
    const request = execution.switchToHttp().getRequest<HttpRequest>();
    if (requirement === 'optional session' && request.headers.authorization === undefined) return true;
    const bearer = bearerOf(request);
    const issuer = bearer.startsWith('gent_') ? this.tokens : this.sessions;
    const caller = await issuer.authenticate(bearer);
    check(requirement, caller);
    request.caller = caller;
    const inbox = await this.inboxFor(caller, request);
    const [now, cause] = [this.clock.now(), randomUUID()];
    request.context = {
      tenantId: caller.tenantId,
      get inboxId() {
        return inbox();
      },
      actor: caller.actor,
      correlationId: request.id,
      causationId: cause,
      now,
      newId: idsFrom(cause, now),
      expectedRevision: revisionOf(request),
    };
    return true;
  }

  /** An unknown inbox is refused when it is used: what is not valid at all is refused as that first. */
  private async inboxFor({ tenantId, inboxId: own }: Principal, { query, body }: HttpRequest) {
    const named = query['inbox_id'] ?? (body as { inbox_id?: unknown } | null | undefined)?.inbox_id;
    if (typeof named !== 'string') return () => own;
    const inboxId = await this.inboxes.find(tenantId, named);
    if (own && inboxId !== own) throw forbidden('inbox-mismatch', 'This token belongs to another inbox');
    return () => {
      if (!inboxId) throw notFound();
      return inboxId;
    };
  }
}

const bearerOf = ({ headers: { authorization } }: HttpRequest): string => {
  const bearer = /^Bearer (\S+)$/i.exec(String(authorization))?.[1];
  if (!bearer) throw unauthenticated('credential-missing', 'Send "Authorization: Bearer <token>"');
  return bearer;
};

const revisionOf = ({ headers }: HttpRequest): string | undefined => {
  const tag = headers['if-match'];
  return tag === undefined || tag === '*' ? undefined : String(tag).replaceAll('"', '');
};

const ROLES: Readonly<Record<string, readonly string[]>> = {
  session: ['member', 'admin', 'owner'],
  admin: ['admin', 'owner'],
  owner: ['owner'],
};

const check = (requirement: Requirement, { actor, role, scopes }: Principal) => {
  const isSession = actor.type === 'user';
  const roles = ROLES[requirement];
  if (requirement === 'agent' && isSession) throw forbidden('token-required', 'This is for agent tokens');
  if (roles && !isSession) throw forbidden('session-required', 'This is for signed-in users');
  if (roles && !roles.includes(role ?? ''))
    throw forbidden('role-required', `This needs the role ${roles[0]}`);
  if (
    requirement.includes(':') &&
    !isSession &&
    !requirement.split(' or ').some((scope) => scopes.includes(scope))
  )
    throw forbidden('scope-missing', `This needs the scope ${requirement}`);
};
