import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Metrics } from '#platform/observability/metrics';

/** How long each request took: as a figure, and at debug level as a line. The route as declared, so that no id shows. */
export const observeRequests = (app: NestFastifyApplication) => {
  const logger = new Logger('Http');
  const metrics = app.get(Metrics, { strict: false });
  const observe = metrics.histogram('gent_http_request_seconds', 'Time to the end of the answer', [
    'method',
    'route',
    'status',
  ]);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', async ({ id, method, routeOptions: { url: route = 'none' } }, reply) => {
      const { statusCode: status, elapsedTime } = reply;
      observe({ method, route, status }, elapsedTime / 1_000);
      logger.debug({
        msg: 'request',
        method,
        route,
        status,
        ms: Math.round(elapsedTime * 10) / 10,
        request: id,
      });
    });
};
