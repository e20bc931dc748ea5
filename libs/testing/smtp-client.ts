import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';

/** A mail client that sends exactly the bytes it is told to, when it is told to. */
export class SmtpClient {
  private text = '';
  private isOver = false;
  private wake = () => {};

  private constructor(private socket: Socket) {
    this.listen();
  }

  /** Without the greeting read. */
  static async connect(port: number, host = '127.0.0.1', from?: string): Promise<SmtpClient> {
    const socket = connect({ port, host, ...(from && { localAddress: from }) });
    const client = new SmtpClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Greeted, and EHLO said. */
  static async ready(port: number, host?: string): Promise<SmtpClient> {
    const client = await SmtpClient.connect(port, host);
    await client.reply();
    await client.say('EHLO client.test');
    return client;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes);
  }

  /** As `send`; settles when the other side took it from the socket's buffer. */
  async sent(bytes: Buffer): Promise<void> {
    if (!this.socket.write(bytes)) await Promise.race([once(this.socket, 'drain'), this.closed()]);
  }

  /** One reply, all its lines; what was said before the end if the connection is over. */
  async reply(): Promise<string> {
    for (;;) {
      const found = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\r\n/.exec(this.text);
      if (found) {
        this.text = this.text.slice(found[0].length);
        return found[0].trimEnd();
      }
      if (this.isOver)
        throw new Error(`The connection is over; last was heard: ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** One command and its reply. */
  async say(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** Commands in one packet, and their replies. */
  async pipeline(...lines: readonly string[]): Promise<readonly string[]> {
    this.send(lines.map((line) => `${line}\r\n`).join(''));
    const replies: string[] = [];
    while (replies.length < lines.length) replies.push(await this.reply());
    return replies;
  }

  /** A whole transaction; answers the reply to the content. Dots are not stuffed. */
  async deliver(from: string, to: string, content: string): Promise<string> {
    for (const line of [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA']) {
      const answer = await this.say(line);
      if (!/^[23]/.test(answer)) return answer;
    }
    return this.say(`${content}.`);
  }

  /** After the go-ahead of STARTTLS; answers the certificate's subject. */
  async encrypt(): Promise<string> {
    const plain = this.socket;
    plain.removeAllListeners();
    const secured = secure({ socket: plain, rejectUnauthorized: false });
    this.socket = secured;
    this.text = '';
    this.listen();
    await once(secured, 'secureConnect');
    return String(secured.getPeerCertificate().subject['CN']);
  }

  /** Everything that is still said until the other side closes. */
  async rest(): Promise<string> {
    await this.closed();
    return this.text;
  }

  async closed(): Promise<void> {
    while (!this.isOver) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /** Nothing more will be sent; answers may still come. */
  endInput(): void {
    this.socket.end();
  }

  pause(): void {
    this.socket.pause();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** The other side hears that it is over at once, whatever it still had to say. */
  reset(): void {
    (this.socket as Socket).resetAndDestroy();
  }

  private listen(): void {
    const over = () => {
      this.isOver = true;
      this.wake();
    };
    this.socket.on('data', (bytes) => {
      this.text += bytes.toString('utf8');
      this.wake();
    });
    this.socket.on('error', over);
    this.socket.on('end', over);
    this.socket.on('close', over);
  }
}
