import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket, type SecureContextOptions } from 'node:tls';

/** What it took: the envelope, and the content with the dots taken out. */
export type TakenMail = Readonly<{
  mailFrom: string;
  parameters: string;
  recipients: string[];
  content: Buffer;
  tls: boolean;
}>;

/** What it says instead of what is usual: by the first word of a command, `greeting`, `body` for the final dot, `RCPT address`. */
export type Script = Readonly<Record<string, string | readonly string[]>>;

export type MailHostOptions = Readonly<{
  /** What EHLO offers; without it the usual. */
  extensions?: readonly string[];
  tls?: SecureContextOptions;
  script?: Script;
  /** Hangs up after this many bytes of DATA, or instead of answering a command. */
  hangUpIn?: number | string;
}>;

const USUAL = ['PIPELINING', 'SIZE 52428800', '8BITMIME', 'ENHANCEDSTATUSCODES', 'SMTPUTF8'];

/**
 * A mail host by the letter of RFC 5321, on 127.0.0.1: it hangs up on a bare CR or LF, on lines that are too long, on
 * 8-bit content that was not announced and on commands that do not wait their turn, and says why in `complaints`.
 */
export class MailHost {
  readonly taken: TakenMail[] = [];
  readonly complaints: string[] = [];
  readonly commands: string[] = [];
  connections = 0;
  open = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(public options: MailHostOptions) {
    // As mail servers do: an answer must not wait for the acknowledgement of the one before it.
    this.server = createServer({ noDelay: true }, (socket) => this.accept(socket));
  }

  static async start(options: MailHostOptions = {}, port = 0): Promise<MailHost> {
    const peer = new MailHost(options);
    peer.server.listen(port, '127.0.0.1');
    await once(peer.server, 'listening');
    return peer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: Socket) {
    this.connections += 1;
    this.open += 1;
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.open -= 1;
    });
    new Dialogue(this, socket);
  }
}

class Dialogue {
  private buffered = Buffer.alloc(0);
  private socket: Socket;
  private isData = false;
  private isSecure = false;
  private mailFrom: string | null = null;
  private parameters = '';
  private recipients: string[] = [];
  private pipelines = false;
  private readonly said = new Map<string, number>();

  constructor(
    private readonly peer: MailHost,
    raw: Socket,
  ) {
    this.socket = raw;
    raw.on('data', this.receive);
    this.say('greeting', '220 peer.example ESMTP');
  }

  private readonly receive = (chunk: Buffer) => {
    this.buffered = Buffer.concat([this.buffered, chunk]);
    const { hangUpIn } = this.peer.options;
    if (this.isData && typeof hangUpIn === 'number' && this.buffered.length >= hangUpIn)
      return void this.socket.destroy();
    while (this.isData ? this.content() : this.command());
  };

  private command(): boolean {
    const end = this.buffered.indexOf('\r\n');
    if (end < 0) {
      if (/[\r\n]/.test(this.buffered.toString('latin1').replace(/\r$/, '')))
        this.complain('bare line end in a command');
      return false;
    }
    const line = this.buffered.subarray(0, end).toString('utf8');
    this.buffered = this.buffered.subarray(end + 2);
    if (/[\r\n]/.test(line)) return this.complain('bare line end in a command');
    if (Buffer.byteLength(line) > 510) return this.complain('command line too long');
    this.peer.commands.push(line);
    const verb = line.split(' ', 1)[0]?.toUpperCase() ?? '';
    if (this.buffered.length > 0 && (!this.pipelines || !['MAIL', 'RCPT', 'RSET'].includes(verb)))
      return this.complain(`${verb} did not wait its turn`);
    if (this.peer.options.hangUpIn === verb) return this.hangUp();
    return this.answer(verb, line);
  }

  private answer(verb: string, line: string): boolean {
    const extensions = this.peer.options.extensions ?? USUAL;
    switch (verb) {
      case 'EHLO':
        this.pipelines = extensions.includes('PIPELINING');
        this.say(
          'EHLO',
          ['250-peer.example', ...this.offered(extensions).map((each) => `250-${each}`), '250 HELP'].join(
            '\r\n',
          ),
        );
        return true;
      case 'HELO':
        this.say('HELO', '250 peer.example');
        return true;
      case 'STARTTLS':
        this.say('STARTTLS', '220 2.0.0 Go ahead');
        this.secure();
        return false;
      case 'AUTH':
        this.say('AUTH', '235 2.7.0 Welcome');
        return true;
      case 'MAIL': {
        const [, address, parameters = ''] = /^MAIL FROM:<([^>]*)>(?: (.*))?$/.exec(line) ?? [];
        if (address === undefined) return this.complain('malformed MAIL');
        if (this.mailFrom !== null) return this.complain('nested MAIL');
        this.parameters = parameters;
        if (this.say('MAIL', '250 2.1.0 Ok')) this.mailFrom = address;
        return true;
      }
      case 'RCPT': {
        const [, address] = /^RCPT TO:<([^>]+)>$/.exec(line) ?? [];
        if (address === undefined) return this.complain('malformed RCPT');
        if (this.mailFrom === null) this.say('', '503 5.5.1 MAIL first');
        else if (this.say(`RCPT ${address}`, '250 2.1.5 Ok')) this.recipients.push(address);
        return true;
      }
      case 'DATA':
        if (this.recipients.length === 0) this.say('', '554 5.5.1 No valid recipients');
        else this.isData = this.say('DATA', '354 Go on');
        return true;
      case 'RSET':
        this.reset();
        this.say('RSET', '250 2.0.0 Ok');
        return true;
      case 'QUIT':
        this.say('QUIT', '221 2.0.0 Bye');
        this.socket.end();
        return false;
      default:
        this.say(verb, '500 5.5.2 What?');
        return true;
    }
  }

  private offered(extensions: readonly string[]): readonly string[] {
    return this.peer.options.tls && !this.isSecure ? [...extensions, 'STARTTLS'] : extensions;
  }

  private content(): boolean {
    const end = this.buffered.subarray(0, 3).equals(Buffer.from('.\r\n'))
      ? 0
      : this.buffered.indexOf('\r\n.\r\n') + 2;
    if (end === 1) return false;
    const content = this.buffered.subarray(0, end);
    this.buffered = this.buffered.subarray(end + 3);
    const text = content.toString('latin1');
    if (/\r(?!\n)|(?<!\r)\n/.test(text)) return this.complain('bare line end in DATA');
    const lines = text.split('\r\n');
    if (lines.some((line) => line.length > 998 + 1)) return this.complain('line of more than 998 bytes');
    if (lines.some((line) => line.startsWith('.') && !line.startsWith('..')))
      return this.complain('a dot was not doubled');
    if (/[^\x00-\x7f]/.test(text) && !this.parameters.includes('8BITMIME'))
      return this.complain('8-bit content unannounced');
    const plain = Buffer.from(lines.map((line) => line.replace(/^\./, '')).join('\r\n'), 'latin1');
    this.isData = false;
    const { mailFrom, parameters, recipients, isSecure: tls } = this;
    this.reset();
    if (this.peer.options.hangUpIn === 'body') return this.hangUp();
    const isTaken = this.say('body', '250 2.0.0 Taken');
    if (isTaken)
      this.peer.taken.push({ mailFrom: mailFrom ?? '', parameters, recipients, content: plain, tls });
    return true;
  }

  /** As the script has it, each of several once and the last from then on. Whether it was a yes. */
  private say(what: string, usual: string): boolean {
    const scripted =
      this.peer.options.script?.[what] ?? this.peer.options.script?.[what.split(' ', 1)[0] ?? ''];
    const index = this.said.get(what) ?? 0;
    this.said.set(what, index + 1);
    const text =
      typeof scripted === 'string' ? scripted : (scripted?.[Math.min(index, scripted.length - 1)] ?? usual);
    if (text === 'silence') return false;
    this.socket.write(`${text}\r\n`);
    if (text.startsWith('421')) this.socket.end();
    return /^[23]/.test(text);
  }

  private hangUp(): false {
    this.socket.destroy();
    return false;
  }

  private secure() {
    const { tls } = this.peer.options;
    this.socket.removeAllListeners('data');
    this.buffered = Buffer.alloc(0);
    const secured = new TLSSocket(this.socket, { isServer: true, ...tls });
    secured.on('error', () => this.socket.destroy());
    secured.on('data', this.receive);
    this.socket = secured;
    this.isSecure = true;
    this.reset();
  }

  private reset() {
    this.mailFrom = null;
    this.parameters = '';
    this.recipients = [];
  }

  private complain(about: string): boolean {
    this.peer.complaints.push(about);
    this.socket.end('500 5.5.2 Not by RFC 5321\r\n');
    this.buffered = Buffer.alloc(0);
    return false;
  }
}
