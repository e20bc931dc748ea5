import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { ContentQueue } from './content-queue.js';
import { bye } from './bye.js';
import { beginning, overdue, progressed } from './deadlines.js';
import { Dialogue } from './dialogue.js';
import type { Effect } from './effects.js';
import type { Envelope, MailHandler } from './handler.js';
import type { Limits } from './limits.js';
import { STOPPING, STORE_TROUBLE, type Reply } from './replies.js';

export type Surroundings = Readonly<{
  hostname: string;
  limits: Limits;
  secureContext: SecureContext | null;
  handler: MailHandler;
  onFailure: (error: unknown) => void;
}>;

/** One client: the thin shell that carries bytes between its socket, the dialogue and the handler. */
export class Connection {
  private readonly dialogue: Dialogue;
  private progress = beginning(performance.now());
  private queue: ContentQueue | null = null;
  private message: Promise<Reply> | null = null;
  private output = '';
  private flushing = false;
  private blocked = false;
  /** The client sends on while it is our turn: that waits on its side until we have answered. */
  private ahead = false;
  private paused = false;
  private inputEnded = false;
  private stopping = false;
  private readonly over = Promise.withResolvers<void>();

  constructor(
    private socket: Socket,
    remoteIp: string,
    private readonly around: Surroundings,
  ) {
    const { hostname, limits, secureContext } = around;
    this.dialogue = new Dialogue({ hostname, limits, offersTls: secureContext !== null }, remoteIp);
    this.listen();
    this.perform(this.dialogue.greeting());
  }

  /** Settles when it is over. */
  get closed(): Promise<void> {
    return this.over.promise;
  }

  /** Ends it if the client takes too long. */
  check(now: number): void {
    this.safely(() => {
      // Where the store is slow, the client has to be.
      if (this.queue?.isFull) this.progress = { ...this.progress, contentSince: now, contentBytes: 0 };
      const last = overdue(this.progress, now, this.around.limits);
      if (last) this.hangUp(last);
    });
  }

  hangUp(last: Reply): void {
    this.perform(this.dialogue.hangUp(last));
  }

  /** Between two messages at once, else after the one that is under way. */
  stop(): void {
    this.stopping = true;
    this.update();
  }

  private listen(): void {
    const { socket } = this;
    socket.on('data', (bytes: Buffer) => this.safely(() => this.take(bytes)));
    socket.on('drain', () => {
      this.blocked = false;
      this.safely(() => this.update());
    });
    socket.on('end', () => {
      this.inputEnded = true;
      this.safely(() => this.update());
    });
    // The `close` that follows is what matters.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.abandon();
      this.over.resolve();
    });
  }

  private take(bytes: Buffer): void {
    const { phase, contentBytes } = this.progress;
    this.ahead = this.dialogue.phase === 'waiting';
    if (phase === 'content') this.progress = { ...this.progress, contentBytes: contentBytes + bytes.length };
    this.perform(this.dialogue.receive(bytes));
  }

  /** What a client can bring about by a defect of ours ends its own connection, and no other. */
  private safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.around.onFailure(error);
      this.socket.destroy();
    }
  }

  private perform(effects: readonly Effect[]): void {
    for (const effect of effects) this.apply(effect);
    this.update();
  }

  private apply(effect: Effect): void {
    const { handler } = this.around;
    const { dialogue } = this;
    if (effect.type === 'send') this.output += effect.text;
    else if (effect.type === 'content') this.queue?.push(effect.bytes);
    else if (effect.type === 'ask-sender')
      this.ask(handler.sender(effect.envelope), STORE_TROUBLE, (refusal) => dialogue.senderAnswered(refusal));
    else if (effect.type === 'ask-recipient')
      this.ask(handler.recipient(effect.envelope, effect.address), { refuse: STORE_TROUBLE }, (verdict) =>
        dialogue.recipientAnswered(verdict),
      );
    else if (effect.type === 'begin') this.begin(effect.envelope);
    else if (effect.type === 'abandon') this.abandon();
    else if (effect.type === 'end') this.end();
    else if (effect.type === 'secure') this.secure();
    else this.close();
  }

  private ask<Answer>(
    question: Promise<Answer>,
    otherwise: Answer,
    answered: (answer: Answer) => Effect[],
  ): void {
    void question
      .catch((error: unknown) => {
        this.around.onFailure(error);
        return otherwise;
      })
      .then((answer) => this.safely(() => this.perform(answered(answer))));
  }

  private begin(envelope: Envelope<unknown>): void {
    const queue = new ContentQueue(() => this.update());
    this.queue = queue;
    this.message = this.around.handler.message(envelope, queue);
    // It may end early; whoever sends on is read to the end and then told.
    const done = () => queue.forget();
    this.message.then(done, done);
  }

  private abandon(): void {
    this.queue?.abandon();
    this.queue = this.message = null;
  }

  private end(): void {
    const { queue, message } = this;
    this.message = null;
    queue?.complete();
    if (message) this.ask(message, STORE_TROUBLE, (answer) => this.dialogue.messageAnswered(answer));
  }

  /** The go-ahead leaves in the clear; everything after it belongs to TLS. */
  private secure(): void {
    const { socket, output } = this;
    const { secureContext } = this.around;
    if (!secureContext) return this.close();
    this.progress = { ...this.progress, phase: 'securing', phaseSince: performance.now() };
    for (const event of ['data', 'drain', 'end']) socket.removeAllListeners(event);
    socket.pause();
    this.output = '';
    socket.write(output, (error) => {
      if (error || socket.destroyed) return;
      const secured = new TLSSocket(socket, { isServer: true, secureContext });
      this.socket = secured;
      this.blocked = this.paused = this.ahead = false;
      this.listen();
      secured.once('secure', () => this.safely(() => this.perform(this.dialogue.secured())));
    });
  }

  private close(): void {
    const { socket } = this;
    this.abandon();
    socket.removeAllListeners('data');
    bye(socket, this.output);
    this.output = '';
  }

  /** After each change: notes the time, reads on or not, sends what there is to send, leaves when told to. */
  private update(): void {
    const { phase } = this.dialogue;
    this.progress = progressed(this.progress, performance.now(), this.dialogue);
    if (phase === 'closed' || this.progress.phase === 'securing' || this.socket.destroyed) return;
    if (this.stopping && (phase === 'idle' || phase === 'command')) return this.hangUp(STOPPING);
    if (this.inputEnded && phase !== 'waiting') return this.perform(this.dialogue.ended());

    const isAhead = this.ahead && phase === 'waiting';
    this.pause(isAhead || this.queue?.isFull || this.blocked);
    if (phase === 'waiting') this.flushSoon();
    else this.flush();
  }

  /** Only on a change: each costs a system call. */
  private pause(paused = false): void {
    if (paused === this.paused) return;
    this.paused = paused;
    if (paused) this.socket.pause();
    else this.socket.resume();
  }

  /** One write for what is answered within a turn of the loop: the replies to commands that came together. */
  private flushSoon(): void {
    if (this.flushing || !this.output) return;
    this.flushing = true;
    setImmediate(() => {
      this.flushing = false;
      this.flush();
    });
  }

  private flush(): void {
    if (!this.output || this.socket.writableEnded || this.socket.destroyed) return;
    const { output } = this;
    this.output = '';
    if (this.socket.write(output)) return;
    this.blocked = true;
    this.pause(true);
  }
}
