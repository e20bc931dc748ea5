import { chmodSync, closeSync, openSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { systemCode } from '#platform/process/refusal';
import { perform, type Output } from './perform.js';
import type { OpsRegistry } from './registry.js';

const NAME = 'ops.sock';
/** What fits in the kernel's address of a socket, with its final zero. */
const PATH_BYTES = 107;
const REQUEST_BYTES = 64 * 1024;

type Line = Readonly<{ out: string } | { err: string } | { status: number }>;

/**
 * Serves the operator over a socket in the data folder, for whoever may write there. A request is a line of JSON,
 * the words of the command; the answer, a line for each line of output and at last the exit status.
 */
export class OpsServer {
  private readonly connections = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly stopping: AbortController,
  ) {}

  /** On a folder that this process holds, so that a socket that lies there is a dead one's. */
  static async open(folder: string, registry: OpsRegistry): Promise<OpsServer> {
    const stopping = new AbortController();
    const server = createServer();
    const ops = new OpsServer(server, stopping);
    server.on('connection', (socket) => void ops.serve(socket, registry));
    rmSync(`${folder}/${NAME}`, { force: true });
    await throughFolder(folder, async (path) => {
      server.listen(path);
      await once(server, 'listening');
      chmodSync(path, 0o600);
    });
    return ops;
  }

  async close(): Promise<void> {
    this.stopping.abort();
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.connections)
      // Whoever does not read would keep it from ending for good.
      if (socket.writableLength > 0) socket.destroy();
      else socket.destroySoon();
    await closed;
  }

  private async serve(socket: Socket, registry: OpsRegistry) {
    this.connections.add(socket);
    const gone = new AbortController();
    socket.once('close', () => {
      this.connections.delete(socket);
      gone.abort();
    });
    socket.on('error', () => socket.destroy());
    const send = async (line: Line) => {
      if (gone.signal.aborted || socket.write(`${JSON.stringify(line)}\n`)) return;
      await once(socket, 'drain', { signal: gone.signal }).catch(() => undefined);
    };
    const words = await firstLine(socket).catch(() => undefined);
    if (!words) {
      socket.destroy();
      return;
    }
    const stopping = AbortSignal.any([gone.signal, this.stopping.signal]);
    const status = await perform(
      registry,
      words,
      (line, to) => send(to === 'out' ? { out: line } : { err: line }),
      stopping,
    );
    await send({ status });
    socket.end();
  }
}

/** Has a running process do it; undefined where none runs. */
export const askServer = async (
  folder: string,
  words: readonly string[],
  output: Output,
): Promise<number | undefined> => {
  const socket = await throughFolder(folder, connected).catch((error: unknown) => {
    if (NOBODY.includes(systemCode(error) ?? '')) return undefined;
    throw error;
  });
  if (!socket) return undefined;
  try {
    socket.write(`${JSON.stringify(words)}\n`);
    for await (const text of createInterface({ input: socket })) {
      const line = JSON.parse(text) as Line;
      if ('status' in line) return line.status;
      if ('out' in line) await output(line.out, 'out');
      else await output(line.err, 'err');
    }
    throw new Error('The process ended before it had answered');
  } finally {
    socket.destroy();
  }
};

const NOBODY = ['ENOENT', 'ECONNREFUSED'];

const connected = async (path: string): Promise<Socket> => {
  const socket = createConnection(path);
  await once(socket, 'connect');
  return socket;
};

/** A path that is too long for a socket leads through the open folder itself. */
const throughFolder = async <T>(folder: string, use: (path: string) => Promise<T>): Promise<T> => {
  const path = `${folder}/${NAME}`;
  if (Buffer.byteLength(path) <= PATH_BYTES) return use(path);
  const descriptor = openSync(folder, 'r');
  try {
    return await use(`/proc/self/fd/${descriptor}/${NAME}`);
  } finally {
    closeSync(descriptor);
  }
};

const firstLine = async (socket: Socket): Promise<readonly string[]> => {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > REQUEST_BYTES) break;
    if (!text.includes('\n')) continue;
    const words = JSON.parse(text) as unknown;
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
    break;
  }
  throw new Error('That was no request');
};
