import { applyDecorators, Controller, SetMetadata, type INestApplication, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

const ROOT = 'gent:root';

/** A controller whose paths do not begin with `/v1`. */
export const RootController = (path: string) => applyDecorators(Controller(path), SetMetadata(ROOT, path));

export const isRoot = (controller: Type): boolean => Reflect.hasMetadata(ROOT, controller);

/** The paths of these controllers, as Nest wants to hear what a global prefix leaves out. */
export const rootPaths = (app: INestApplication): string[] =>
  app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype }) => (metatype ? [Reflect.getMetadata(ROOT, metatype) as string | undefined] : []))
    .filter((path) => path !== undefined)
    .flatMap((path) => (path === '' ? [''] : [path, `${path}/{*rest}`]));
