import type { Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Address, Listener } from '#platform/process/listeners';

const SWEEP_MS = 25;

/** The port of the REST API. While it drains, connections go as soon as nothing is under way on them. */
export const httpListener = (app: NestFastifyApplication, wanted: Address): Listener => {
  const open = new Set<Socket>();
  return {
    name: 'http',
    wanted,

    async listen() {
      const { server } = app.getHttpAdapter().getInstance();
      server.on('connection', (socket) => {
        open.add(socket);
        socket.once('close', () => open.delete(socket));
      });
      await app.listen(wanted.port, wanted.host);
      const bound = server.address();
      return typeof bound === 'object' && bound ? bound.port : wanted.port;
    },

    async drain(deadline) {
      const { server } = app.getHttpAdapter().getInstance();
      const closeIdle = () => {
        server.closeIdleConnections();
        // To Node.js a connection that never sent a byte is busy: its first request may be on the way.
        for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
      };
      const closeAll = () => server.closeAllConnections();
      const sweep = setInterval(closeIdle, SWEEP_MS);
      deadline.addEventListener('abort', closeAll);
      await app.getHttpAdapter().close();
      clearInterval(sweep);
      deadline.removeEventListener('abort', closeAll);
    },
  };
};
