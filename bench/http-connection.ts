import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type Answer = Readonly<{ status: number; body: Readonly<Record<string, unknown>> }>;

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One connection that is kept, one call at a time, answers of a known length: a caller that costs next to nothing,
 * for it shares the machine with what is measured.
 */
export class HttpConnection {
  private received: Buffer[] = [];
  private wake = () => {};

  private constructor(
    private readonly socket: Socket,
    private readonly host: string,
  ) {
    socket.on('data', (chunk) => {
      this.received.push(chunk);
      this.wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.wake());
  }

  static async open(origin: string): Promise<HttpConnection> {
    const { hostname, port, host } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new HttpConnection(socket, host);
  }

  async call(method: string, path: string, token: string, body = ''): Promise<Answer> {
    this.socket.write(
      `${method} ${path} HTTP/1.1\r\nhost: ${this.host}\r\nauthorization: Bearer ${token}\r\n` +
        (body && `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`) +
        `\r\n${body}`,
    );
    for (;;) {
      const answer = this.answer();
      if (answer) return answer;
      if (this.socket.destroyed) throw new Error('The connection is gone');
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  close() {
    this.socket.destroy();
  }

  private answer(): Answer | null {
    const bytes = Buffer.concat(this.received);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return null;
    const head = bytes.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (bytes.length < end + 4 + length) return null;
    this.received = [];
    const text = bytes.toString('utf8', end + 4, end + 4 + length);
    return { status: Number(head.slice(9, 12)), body: JSON.parse(text || '{}') as Answer['body'] };
  }
}
