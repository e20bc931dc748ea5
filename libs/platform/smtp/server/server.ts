import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Listener } from '#platform/process/listeners';
import { withoutMapping } from '#platform/process/client-address';
import { Admissions } from './admissions.js';
import { bye } from './bye.js';
import { Connection, type Surroundings } from './connection.js';
import { rendered, STOPPING } from './replies.js';

/** Deadlines are looked at this often, or often enough for the shortest of them. */
const CHECK_MS = 1_000;

/** Where mail comes in: the listening socket, all its connections and their end. */
export class SmtpServer implements Listener {
  readonly name = 'smtp';
  private readonly connections = new Set<Connection>();
  private readonly admissions: Admissions;
  private server: Server | null = null;
  private watch: NodeJS.Timeout | undefined;

  constructor(
    readonly wanted: Readonly<{ host: string; port: number }>,
    private readonly around: Surroundings,
  ) {
    this.admissions = new Admissions(around.limits);
  }

  async listen(): Promise<number> {
    // A client may close its half once it has said everything, and still wants to hear the answers.
    const server = createServer({ noDelay: true, keepAlive: true, allowHalfOpen: true }, (socket) =>
      this.admit(socket),
    );
    this.server = server;
    server.listen(this.wanted.port, this.wanted.host, 1_024);
    await once(server, 'listening');
    const { idleMs, commandMs, transactionMs, rateGraceMs } = this.around.limits;
    const every = Math.min(CHECK_MS, idleMs / 4, commandMs / 4, transactionMs / 4, rateGraceMs / 4);
    this.watch = setInterval(() => this.check(), every).unref();
    return (server.address() as AddressInfo).port;
  }

  /** A message that is being sent is taken, if its client is quick; everybody else hears 421 at once. */
  async drain(deadline: AbortSignal): Promise<void> {
    this.server?.close();
    const all = [...this.connections];
    for (const connection of all) connection.stop();
    const late = () => all.forEach((connection) => connection.hangUp(STOPPING));
    deadline.addEventListener('abort', late, { once: true });
    if (deadline.aborted) late();
    await Promise.all(all.map(({ closed }) => closed));
    deadline.removeEventListener('abort', late);
    clearInterval(this.watch);
  }

  private admit(socket: Socket): void {
    const remoteIp = withoutMapping(socket.remoteAddress ?? '');
    const refusal = remoteIp ? this.admissions.enter(remoteIp) : STOPPING;
    if (refusal) {
      socket.on('error', () => socket.destroy());
      return bye(socket, rendered(refusal));
    }
    const connection = new Connection(socket, remoteIp, this.around);
    this.connections.add(connection);
    void connection.closed.then(() => {
      this.connections.delete(connection);
      this.admissions.leave(remoteIp);
    });
  }

  private check(): void {
    const now = performance.now();
    for (const connection of this.connections) connection.check(now);
  }
}
