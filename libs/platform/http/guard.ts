import { randomUUID } from 'node:crypto';
import { Injectable, NotFoundException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Context } from '#kernel/context';
import { forbidden, invalid, notFound, unauthenticated } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';
import { idsFrom } from '#platform/event-sourcing/ids';
import { revisionIn } from './answer.js';
import { byteLimitOf, readBody } from './body.js';
import { InboxDirectory, SessionCredentials, TokenCredentials, type Principal } from './credentials.js';
import { limitOf, RateLimits } from './rate-limit.js';
import type { HttpRequest } from './request-context.js';
import { requirementOf, type Requirement } from './requires.js';
import { Routes } from './routes.js';

/** The one place where a caller becomes a context: credential, role and scope, limits, body, tenant, inbox. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenCredentials,
    private readonly sessions: SessionCredentials,
    private readonly inboxes: InboxDirectory,
    private readonly limits: RateLimits,
    private readonly clock: Clock,
    private readonly adapterHost: HttpAdapterHost,
    private readonly routes: Routes,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const [handler, http] = [execution.getHandler(), execution.switchToHttp()];
    const requirement = requirementOf(handler);
    if (!requirement) throw forbidden('scope-missing', 'Nobody may call this');
    const request = http.getRequest<HttpRequest>();
    if (!this.routes.has(request.method, request.url)) throw new NotFoundException();
    const bearer = bearerOf(requirement, request);
    const limit = limitOf(handler, execution.getClass()) ?? (bearer ? 'none' : 'open');
    const say = (headers: Readonly<Record<string, string>>) =>
      Object.entries(headers).forEach(([name, value]) =>
        this.adapterHost.httpAdapter.setHeader(http.getResponse(), name, value),
      );
    say(this.limits.forAddress(limit, request.ip));
    const caller = bearer && (await this.authenticate(bearer));
    if (caller) {
      check(requirement, caller);
      say(this.limits.forCredential(bearer));
    }
    await readBody(request, byteLimitOf(handler));
    if (limit === 'auth') say(this.limits.forEmail(fieldOf(request.body, 'email'), request.ip));
    if (!caller) return true;
    request.caller = caller;
    request.context = contextOf(request, caller, await this.inboxFor(caller, request), this.clock.now());
    return true;
  }

  private authenticate(bearer: string): Promise<Principal> {
    return (bearer.startsWith('gent_') ? this.tokens : this.sessions).authenticate(bearer);
  }

  /** An unknown inbox is refused when it is used: what is not valid at all is refused as that first. */
  private async inboxFor({ tenantId, inboxId: own }: Principal, { query, body }: HttpRequest) {
    const named = [query['inbox_id'], fieldOf(body, 'inbox_id')].filter((each) => each !== undefined);
    if (!named.every((each) => typeof each === 'string'))
      throw invalid('inbox_id', 'is-string', 'Name one inbox, by its id or its address');
    const found = await Promise.all(named.map((each) => this.inboxes.find(tenantId, each)));
    const [inboxId = own] = found;
    if (own && found.some((each) => each !== own))
      throw forbidden('inbox-mismatch', 'This token belongs to another inbox');
    if (found.some((each) => each !== inboxId))
      throw invalid('inbox_id', 'one-inbox', 'Query and body name different inboxes');
    return () => {
      if (named.length > 0 && !inboxId) throw notFound();
      return inboxId;
    };
  }
}

/** Nothing where nobody need say who he is, and does not. */
const bearerOf = (
  requirement: Requirement,
  { headers: { authorization } }: HttpRequest,
): string | undefined => {
  if (requirement === 'public') return undefined;
  if (requirement === 'optional session' && authorization === undefined) return undefined;
  const bearer = /^Bearer +(\S+)$/i.exec(String(authorization))?.[1];
  if (!bearer) throw unauthenticated('credential-missing', 'Send "Authorization: Bearer <token>"');
  return bearer;
};

const contextOf = (
  request: HttpRequest,
  { tenantId, actor }: Principal,
  inbox: () => string | undefined,
  now: string,
): Context => {
  request.seed = { cause: randomUUID(), at: now };
  const seed = () => request.seed ?? { cause: request.id, at: now };
  return {
    tenantId,
    get inboxId() {
      return inbox();
    },
    actor,
    ip: request.ip,
    correlationId: request.id,
    get causationId() {
      return seed().cause;
    },
    now,
    newId: (kind, index) => idsFrom(seed().cause, seed().at)(kind, index),
    expectedRevisions: revisionsOf(request),
  };
};

const fieldOf = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)[name] : undefined;

/** The strong tags of `If-Match` on a change; a weak one matches no revision (RFC 9110 section 13.1.1). */
const revisionsOf = ({ method, headers }: HttpRequest): readonly string[] | undefined => {
  const tags = headers['if-match'];
  if (tags === undefined || tags === '*' || !['PATCH', 'PUT', 'DELETE'].includes(method)) return undefined;
  return String(tags)
    .split(',')
    .map((tag) => revisionIn(tag.trim().replace(/^"(.*)"$/, '$1')));
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
  const held = requirement.split(' or ').some((scope) => scopes.includes(scope));
  if (requirement.includes(':') && !isSession && !held)
    throw forbidden('scope-missing', `This needs the scope ${requirement}`);
};
