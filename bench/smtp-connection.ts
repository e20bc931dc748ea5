import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const [EHLO, QUIT] = ['EHLO peer.example\r\n', 'QUIT\r\n'];

/**
 * One connection that sends as mail servers do, what may be pipelined in one packet: a sender that costs next to
 * nothing, for it shares the machine with what is measured.
 */
export class SmtpConnection {
  private text = '';
  private wake = () => {};

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      this.text += text;
      this.wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.wake());
  }

  /** Greeted, and EHLO said. */
  static async open(port: number): Promise<SmtpConnection> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const connection = new SmtpConnection(socket);
    await once(socket, 'connect');
    await connection.reply();
    await connection.say(EHLO);
    return connection;
  }

  /** Whether it was taken. `envelope`: MAIL, RCPT and DATA; `content` with its last line, the dot. */
  async deliver(envelope: Buffer, content: Buffer): Promise<boolean> {
    this.socket.write(envelope);
    await this.reply();
    await this.reply();
    if (!(await this.reply()).startsWith('354')) return false;
    return (await this.say(content)).startsWith('250');
  }

  async quit(): Promise<void> {
    await this.say(QUIT);
    this.socket.destroy();
  }

  private say(bytes: string | Buffer): Promise<string> {
    this.socket.write(bytes);
    return this.reply();
  }

  /** The last line of the next reply. */
  private async reply(): Promise<string> {
    for (;;) {
      for (let end = this.text.indexOf('\n'); end >= 0; end = this.text.indexOf('\n')) {
        const line = this.text.slice(0, end);
        this.text = this.text.slice(end + 1);
        if (line[3] !== '-') return line;
      }
      if (this.socket.destroyed) return '421 closed';
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
