import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ReplyReader, type Reply } from './reply.js';

/** In milliseconds; RFC 5321 section 4.5.3.2. */
export type Timeouts = Readonly<{ connect: number; command: number; block: number; end: number }>;
export const TIMEOUTS: Timeouts = { connect: 30_000, command: 300_000, block: 180_000, end: 600_000 };

/** Of content in one write. */
const WRITE_BYTES = 64 * 1024;

/** The connection is of no use any more. `sent`: all of a message was, so that it may have been accepted. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(
    readonly fault: 'network' | 'tls',
    /** Of ours or of the system, never a peer's words. */
    readonly why: string,
    readonly sent = false,
  ) {
    super(why);
  }
}

type Waiting = Readonly<{
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}>;

/** One conversation, at the level of lines: what is written and which reply is whose. */
export class SmtpConnection {
  private reader = new ReplyReader();
  private readonly early: Reply[] = [];
  private readonly waiting: Waiting[] = [];
  private lost: ConnectionLost | undefined;

  private constructor(
    private socket: Socket | TLSSocket,
    private readonly timeouts: Timeouts,
  ) {
    this.listen();
  }

  /** Rejects with `ConnectionLost`. */
  static async open(
    { address, port }: Readonly<{ address: string; port: number }>,
    timeouts: Timeouts,
    signal: AbortSignal,
    tls?: ConnectionOptions,
  ): Promise<SmtpConnection> {
    if (signal.aborted) throw new ConnectionLost('network', 'stopped');
    const raw = connect({ host: address, port, noDelay: true });
    const connection = new SmtpConnection(raw, timeouts);
    raw.once('close', connection.heed(signal));
    await connection.until(raw, 'connect', timeouts.connect, 'network');
    if (tls) await connection.secure(tls);
    return connection;
  }

  /** Open, and all that the peer said was asked for: what it says next is about what is asked next. */
  get isAtRest(): boolean {
    return !this.lost && this.early.length === 0 && this.reader.isEmpty;
  }

  /** It ends when it is told to. Answers what takes that back. */
  heed(signal: AbortSignal): () => void {
    const stop = () => void this.fail('stopped');
    signal.addEventListener('abort', stop, { once: true });
    return () => signal.removeEventListener('abort', stop);
  }

  /** The certificate and the like, once it is secure. */
  get tls(): TLSSocket | null {
    return 'getPeerX509Certificate' in this.socket ? this.socket : null;
  }

  /** The peer's next reply that nobody else waits for. */
  reply(timeout = this.timeouts.command): Promise<Reply> {
    const early = this.early.shift();
    if (early) return Promise.resolve(early);
    if (this.lost) return Promise.reject(this.lost);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail('it kept silent'), timeout);
      this.waiting.push({ resolve, reject, timer });
    });
  }

  command(line: string, timeout?: number): Promise<Reply> {
    this.write(line);
    return this.reply(timeout);
  }

  /** Without waiting for their replies: `reply` gives them in order. No line of ours can hold another. */
  write(...lines: readonly string[]) {
    if (lines.some((line) => /[\r\n\0]/.test(line))) throw new Error('A command is one line');
    this.socket.write(`${lines.join('\r\n')}\r\n`, 'utf8');
  }

  /** A message, dots and all, and what the peer says of it. */
  async data(content: readonly Buffer[]): Promise<Reply> {
    for (const chunk of gathered(content)) {
      if (this.lost) throw this.lost;
      if (!this.socket.write(chunk)) await this.until(this.socket, 'drain', this.timeouts.block, 'network');
    }
    try {
      return await this.reply(this.timeouts.end);
    } catch (error) {
      if (error instanceof ConnectionLost) throw new ConnectionLost(error.fault, error.why, true);
      throw error;
    }
  }

  /** After the 220 for STARTTLS. What came in clear after that was put there by somebody else. */
  async secure(options: ConnectionOptions): Promise<void> {
    if (!this.reader.isEmpty || this.early.length > 0) throw this.fail('it spoke before TLS began', 'tls');
    const raw = this.socket;
    raw.removeAllListeners('data');
    this.reader = new ReplyReader();
    this.socket = connectTls({ minVersion: 'TLSv1.2', ...options, socket: raw });
    this.listen();
    await this.until(this.socket, 'secureConnect', this.timeouts.connect, 'tls');
  }

  /** Says goodbye, and does not wait to hear it. */
  quit() {
    if (!this.lost) this.socket.end('QUIT\r\n');
    this.fail('closed');
  }

  private listen() {
    this.socket.on('data', (chunk) => this.receive(chunk));
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.fail(error.code ?? 'it failed'));
    this.socket.on('close', () => this.fail('it hung up'));
  }

  private receive(chunk: Buffer) {
    try {
      for (const reply of this.reader.push(chunk)) {
        const next = this.waiting.shift();
        if (next) {
          clearTimeout(next.timer);
          next.resolve(reply);
        } else if (this.early.push(reply) > 8) this.fail('it speaks unasked');
      }
    } catch {
      this.fail('it does not speak SMTP');
    }
  }

  private fail(why: string, fault: 'network' | 'tls' = 'network'): ConnectionLost {
    this.lost ??= new ConnectionLost(fault, why);
    if (why === 'closed') this.socket.destroySoon();
    else this.socket.destroy();
    for (const { reject, timer } of this.waiting.splice(0)) {
      clearTimeout(timer);
      reject(this.lost);
    }
    return this.lost;
  }

  /** Until the socket says so, or says that it cannot. */
  private async until(socket: Socket, event: string, timeout: number, fault: 'network' | 'tls') {
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        socket.off(event, done).off('close', failed);
      };
      const done = () => {
        settle();
        resolve();
      };
      const failed = () => {
        settle();
        const why = this.lost?.why ?? 'it hung up';
        this.lost = new ConnectionLost(fault, why);
        reject(this.lost);
      };
      const timer = setTimeout(() => this.fail('it kept silent'), timeout);
      socket.once(event, done).once('close', failed);
      if (socket.destroyed) failed();
    });
  }
}

/** Many small pieces go out in few writes, and a large one in many: each has a time of its own to be taken. */
export function* gathered(pieces: readonly Buffer[]): Iterable<Buffer> {
  let small: Buffer[] = [];
  let size = 0;
  for (const piece of pieces) {
    if (size > 0 && size + piece.length > WRITE_BYTES) {
      yield Buffer.concat(small, size);
      small = [];
      size = 0;
    }
    if (piece.length >= WRITE_BYTES) {
      for (let at = 0; at < piece.length; at += WRITE_BYTES) yield piece.subarray(at, at + WRITE_BYTES);
    } else {
      small.push(piece);
      size += piece.length;
    }
  }
  if (size > 0) yield Buffer.concat(small, size);
}
