import type { ExecutionContext } from '@nestjs/common';
import { invalid } from '#kernel/errors';
import { byteLimitOf } from './body.js';
import type { HttpRequest } from './request-context.js';

/** Nest's own name for what a handler's parameters are bound to, and its number for each kind. */
const ROUTE_ARGUMENTS = '__routeArguments__';
const BODY = 3;
const QUERY = 4;

type Bindings = Readonly<Record<string, Readonly<{ data?: unknown }>>>;

/** What a route does not read at all is refused as well as what its input classes do not name. */
export const refuseUndeclared = (execution: ExecutionContext) => {
  const [handler, controller] = [execution.getHandler(), execution.getClass()];
  const { query, body } = execution.switchToHttp().getRequest<HttpRequest>();
  const bindings = Reflect.getMetadata(ROUTE_ARGUMENTS, controller, handler.name) as Bindings | undefined;
  refuseOthers(query, declared(bindings, QUERY));
  if (byteLimitOf(handler) === undefined) refuseOthers(body, declared(bindings, BODY));
};

/** The names that are read; undefined where a class takes them all and refuses for itself. */
const declared = (bindings: Bindings = {}, kind: number): readonly unknown[] | undefined => {
  const bound = Object.entries(bindings).filter(([binding]) => binding.startsWith(`${kind}:`));
  const names = bound.map(([, { data }]) => data);
  return names.includes(undefined) ? undefined : ['inbox_id', ...names];
};

const refuseOthers = (given: unknown, names: readonly unknown[] | undefined) => {
  if (!names || typeof given !== 'object' || given === null) return;
  const other = Object.keys(given).find((name) => !names.includes(name));
  if (other !== undefined) throw invalid(other, 'unknown-field', `${other} is not known here`);
};
