import { applyDecorators, Controller, SetMetadata, type INestApplication } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';

const ROOT = 'gent:root';

/** A controller whose paths do not begin with `/v1`. */
export const RootController = (path: string) => applyDecorators(Controller(path), SetMetadata(ROOT, path));

/** The paths of these controllers, as Nest wants to hear what a global prefix leaves out. */
export const rootPaths = (app: INestApplication): string[] => {
  const reflector = app.get(Reflector);
  return app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype }) => (metatype ? [reflector.get<string | undefined>(ROOT, metatype)] : []))
    .filter((path) => path !== undefined)
    .flatMap((path) => (path === '' ? [''] : [path, `${path}/{*rest}`]));
};
