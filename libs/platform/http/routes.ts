import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { limitOf } from './rate-limit.js';
import { isRoot } from './root-controller.js';
import { requirementOf, type Requirement } from './requires.js';

const PATH = 'path';
const METHOD = 'method';

export type Route = Readonly<{
  method: string;
  /** As declared, `/v1/tokens/:id`, without a trailing slash. */
  path: string;
  requirement: Requirement;
  controller: Type;
  handler: Function;
}>;

/** Every route of the process: what is declared on controllers, by method and path. */
@Injectable()
export class Routes {
  private known: readonly (Route & { pattern: RegExp })[] | undefined;
  private byName: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Throws for a route that does not say who may call it. */
  get all(): readonly Route[] {
    return this.list();
  }

  /** The methods that exist for a path, whatever they are declared on. */
  methodsOf(path: string): readonly string[] {
    const found = this.list().filter(({ pattern }) => pattern.test(path));
    return this.named.get(bare(path)) ?? withHead(found.map(({ method }) => method));
  }

  /**
   * Not where a path is declared by its very name for other methods only: `GET /v1/messages/blobs/` is not the
   * message of that id, though the router takes it for that.
   */
  has(method: string, url: string): boolean {
    return this.named.get(bare(url))?.includes(method) ?? true;
  }

  /** Of paths without anything variable, their methods. */
  private get named(): ReadonlyMap<string, readonly string[]> {
    return (this.byName ??= new Map(
      [
        ...Map.groupBy(
          this.list().filter(({ path }) => !/[:*]/.test(path)),
          ({ path }) => path,
        ),
      ].map(([path, routes]) => [path, withHead(routes.map(({ method }) => method))]),
    ));
  }

  /** A catalogue or a page that anybody may read from anywhere; what the operator alone looks at is none. */
  isOpen(path: string): boolean {
    return this.list().some(
      ({ method, requirement, handler, controller, pattern }) =>
        method === 'GET' &&
        OPEN.includes(requirement) &&
        (limitOf(handler, controller) ?? 'open') === 'open' &&
        pattern.test(path),
    );
  }

  private list() {
    return (this.known ??= this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (metatype ? this.routesOf(metatype as Type) : [])));
  }

  private routesOf(controller: Type) {
    const methods = controller.prototype as Readonly<Record<string, Function>>;
    const base = [Reflect.getMetadata(PATH, controller)].flat() as readonly string[];
    return this.scanner.getAllMethodNames(methods).flatMap((name) => {
      const handler = methods[name];
      if (!handler || !Reflect.hasMetadata(PATH, handler)) return [];
      const requirement = requirementOf(handler);
      if (!requirement) throw new Error(`${controller.name}.${name} is a route without @Requires`);
      const method = RequestMethod[Reflect.getMetadata(METHOD, handler) as number] ?? 'GET';
      const ends = [Reflect.getMetadata(PATH, handler)].flat() as readonly string[];
      return base.flatMap((start) =>
        ends.map((end) => {
          const path = joined(isRoot(controller) ? '' : 'v1', start, end);
          return { method, path, requirement, controller, handler, pattern: patternOf(path) };
        }),
      );
    });
  }
}

/** Without query and last slash. */
const bare = (url: string): string => (url.split('?', 1)[0] ?? url).replace(/\/$/, '');

const withHead = (methods: readonly string[]): readonly string[] =>
  [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)].sort();

const OPEN: readonly Requirement[] = ['public', 'optional session'];

const joined = (...parts: readonly string[]): string =>
  `/${parts
    .map((part) => part.replace(/^\/+|(?<!\/)\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;

const patternOf = (path: string): RegExp => {
  const source = path
    .split('/')
    .map((part) =>
      part.startsWith(':') ? '[^/]+' : part.startsWith('*') ? '.*' : part.replace(/[.+?^$()[\]{}|]/g, '\\$&'),
    )
    .join('/');
  return new RegExp(`^${source}/?$`);
};
