import type { Socket } from 'node:net';

/** How long a client that was told to go may keep the socket. */
const LINGER_MS = 1_000;

/** The last words. A client that sends on is read for a moment, or a reset would take them from it. */
export const bye = (socket: Socket, lastWords: string): void => {
  socket.end(lastWords);
  socket.resume();
  const late = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(late));
};
