import { SetMetadata } from '@nestjs/common';
import { byteLimitOf } from './body.js';
import { errorStatusOf, type ErrorCode, type ErrorStatus } from './error-codes.js';
import { limitOf } from './rate-limit.js';
import type { Requirement } from './requires.js';
import type { Route } from './routes.js';

const REFUSES = 'gent:refuses';

/** The codes that are a route's own, for its description; what every route of its kind refuses is known. */
export const Refuses = (...codes: readonly ErrorCode[]) => SetMetadata(REFUSES, codes);

type Refusals = ReadonlyMap<ErrorStatus, readonly ErrorCode[]>;

/** Everything that a route may refuse with, by status. */
export const refusalsOf = (route: Route): Refusals => {
  const own = (Reflect.getMetadata(REFUSES, route.handler) ?? []) as readonly ErrorCode[];
  const refusals = new Map<ErrorStatus, readonly ErrorCode[]>();
  const add = (status: ErrorStatus, codes: readonly ErrorCode[]) => {
    if (codes.length > 0) refusals.set(status, [...new Set([...(refusals.get(status) ?? []), ...codes])]);
  };
  for (const [status, codes] of GENERAL) add(status, codes(route));
  for (const code of own) add(errorStatusOf(code), [code]);
  return new Map([...refusals].sort(([a], [b]) => a - b));
};

const isWrite = ({ method }: Route) => method !== 'GET';
const takesJson = (route: Route) => isWrite(route) && byteLimitOf(route.handler) === undefined;
const isKnown = ({ requirement }: Route) => requirement !== 'public' && requirement !== 'optional session';

const GENERAL: readonly (readonly [ErrorStatus, (route: Route) => readonly ErrorCode[]])[] = [
  [400, (route) => (takesJson(route) ? ['malformed-json'] : [])],
  [400, () => ['validation-failed']],
  [401, ({ requirement }) => (requirement === 'public' ? [] : CREDENTIALS)],
  [403, ({ requirement }) => FORBIDDEN[kindOf(requirement)]],
  [404, (route) => (isKnown(route) || route.path.includes(':') ? ['not-found'] : [])],
  [409, (route) => (isWrite(route) && isKnown(route) ? ['concurrent-change'] : [])],
  [409, ({ method }) => (method === 'POST' ? ['idempotency-key-reused', 'idempotency-key-in-progress'] : [])],
  [412, (route) => (isWrite(route) && route.method !== 'POST' ? ['revision-mismatch'] : [])],
  [413, (route) => (isWrite(route) ? ['body-too-large'] : [])],
  [415, (route) => (takesJson(route) ? ['unsupported-media-type'] : [])],
  [
    429,
    (route) =>
      isKnown(route) || limitOf(route.handler, route.controller) !== 'none' ? ['rate-limited'] : [],
  ],
  [500, () => ['internal']],
  [503, () => ['store-unavailable']],
  [503, (route) => (isKnown(route) && !isWrite(route) ? ['view-broken'] : [])],
];

type Kind = 'public' | 'optional session' | 'any' | 'agent' | 'session' | 'role' | 'scope';

const kindOf = (requirement: Requirement): Kind => {
  if (requirement === 'admin' || requirement === 'owner') return 'role';
  return requirement.includes(':') ? 'scope' : (requirement as Kind);
};

/** Of either kind, wherever: a credential is looked at before it is asked whether it is of the right one. */
const CREDENTIALS: readonly ErrorCode[] = [
  'credential-missing',
  'token-invalid',
  'token-paused',
  'inbox-deactivated',
  'session-invalid',
];

const FORBIDDEN: Readonly<Record<Kind, readonly ErrorCode[]>> = {
  public: [],
  'optional session': [],
  any: ['inbox-mismatch'],
  agent: ['token-required', 'inbox-mismatch'],
  session: ['session-required'],
  role: ['session-required', 'role-required'],
  scope: ['scope-missing', 'inbox-mismatch'],
};
