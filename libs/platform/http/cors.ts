import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Config } from '#platform/config/config';
import { Routes } from './routes.js';

const EXPOSED = [
  'Accept-Ranges',
  'Content-Range',
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
  'Gent-Consistency',
  'Idempotency-Replayed',
].join(', ');
const ASKED =
  'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Range, X-Request-Id';

/** Pages of any origin may read public catalogues; else only our own. There are no cookies to protect. */
export const allowOrigins = (app: NestFastifyApplication) => {
  const routes = app.get(Routes);
  const { publicUrl, demo } = app.get(Config, { strict: false });
  const { origin, port } = new URL(publicUrl);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async ({ headers, method, url, socket }, reply) => {
      const path = url.split('?', 1)[0] ?? url;
      const isOpen = demo || routes.isOpen(path);
      // Port 0 stands for the one that was found.
      const own = port === '0' ? origin.replace(/0$/, String(socket.localPort)) : origin;
      if (!isOpen) reply.header('vary', 'Origin');
      if (headers.origin === undefined || !(isOpen || headers.origin === own)) return;
      reply.header('access-control-allow-origin', isOpen ? '*' : own);
      reply.header('access-control-expose-headers', EXPOSED);
      if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return;
      reply.header('access-control-allow-methods', routes.methodsOf(path).join(', '));
      reply.header('access-control-allow-headers', ASKED);
      reply.header('access-control-max-age', '600');
      return reply.code(204).send();
    });
};
