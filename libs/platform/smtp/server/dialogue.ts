import { isUtf8 } from 'node:buffer';
import { DotDecoder, Inspector } from './content.js';
import type { Effect, Phase } from './effects.js';
import type { Envelope, Verdict } from './handler.js';
import { LineReader } from './lines.js';
import type { Address } from './path.js';
import * as replies from './replies.js';
import { isError, rendered, reply, type Reply } from './replies.js';
import { envelopeOf, type House, type Session, type Step } from './session.js';
import { VERBS } from './verbs/table.js';

type Chunk = { left: number; readonly last: boolean; readonly refused: Reply | null };
type Content = { readonly inspector: Inspector; failure: Reply | null };

/** A BDAT that brings this many octets is content and no command: what may be sent in all, SIZE bounds. */
const SIZEABLE_CHUNK = 1_024;

/** One SMTP conversation without its socket: bytes in, effects out. No IO, no clock. */
export class Dialogue {
  private session: Session;
  private readonly lines: LineReader;
  private effects: Effect[] = [];
  private reading: 'lines' | 'data' | 'chunk' | 'nothing' | 'closed' = 'lines';
  private decoder = new DotDecoder();
  private chunk: Chunk = { left: 0, last: false, refused: null };
  private content: Content | null = null;
  private asked: Address | null = null;
  private errors = 0;
  private commands = 0;

  constructor(
    private readonly house: House,
    remoteIp: string,
  ) {
    this.session = { remoteIp, helo: null, extended: false, secure: false, transaction: null };
    this.lines = new LineReader(house.limits.commandBytes);
  }

  get phase(): Phase {
    if (this.reading === 'lines') return this.lines.isEmpty ? 'idle' : 'command';
    if (this.reading === 'nothing') return 'waiting';
    return this.reading === 'closed' ? 'closed' : 'content';
  }

  /** Commands heard in all. */
  heard = 0;

  /** A transaction has begun and is not answered yet. */
  get isInTransaction(): boolean {
    return this.session.transaction !== null;
  }

  greeting(): Effect[] {
    this.say(reply(220, null, `${this.house.hostname} ESMTP ready`));
    return this.take();
  }

  receive(bytes: Buffer): Effect[] {
    if (this.reading !== 'closed') this.lines.add(bytes);
    return this.goOn();
  }

  /** The answer to `ask-sender`. */
  senderAnswered(refusal: Reply | null): Effect[] {
    if (refusal) this.session = { ...this.session, transaction: null };
    return this.answered(refusal ?? reply(250, '2.1.0', 'Sender ok'));
  }

  /** The answer to `ask-recipient`. */
  recipientAnswered(verdict: Verdict<unknown>): Effect[] {
    const { transaction } = this.session;
    if ('refuse' in verdict || !transaction || !this.asked)
      return this.answered('refuse' in verdict ? verdict.refuse : replies.STORE_TROUBLE);
    const recipients = [...transaction.recipients, { address: this.asked, target: verdict.accept }];
    this.session = { ...this.session, transaction: { ...transaction, recipients } };
    return this.answered(reply(250, '2.1.5', 'Recipient ok'));
  }

  /** The answer to `end`. */
  messageAnswered(answer: Reply): Effect[] {
    if (answer.code < 300) this.errors = this.commands = 0;
    this.endTransaction();
    return this.answered(answer);
  }

  /** TLS is up; what came in the clear after STARTTLS is gone. */
  secured(): Effect[] {
    this.session = { ...this.session, secure: true };
    return this.answered(null);
  }

  /** A last word from outside: a deadline, a stop. */
  hangUp(last: Reply): Effect[] {
    if (this.reading === 'closed') return [];
    this.say(last);
    this.close();
    return this.take();
  }

  /** The peer sends nothing more. */
  ended(): Effect[] {
    if (this.reading !== 'nothing') this.close();
    return this.take();
  }

  private answered(answer: Reply | null): Effect[] {
    if (this.reading !== 'nothing') return [];
    this.reading = 'lines';
    if (answer) this.say(answer);
    return this.goOn();
  }

  private goOn(): Effect[] {
    while (this.step());
    return this.take();
  }

  /** Whether there may be more to do with what is held. */
  private step(): boolean {
    if (this.reading === 'data') return this.readData();
    if (this.reading === 'chunk') return this.readChunk();
    if (this.reading !== 'lines') return false;
    const taken = this.lines.next();
    if (!taken) return false;
    this.heard += 1;
    this.commands += 1;
    if (this.commands > this.house.limits.commands) {
      this.say(replies.TOO_MANY_COMMANDS);
      this.close();
    } else if ('line' in taken) this.command(taken.line);
    else this.say(taken.fault === 'bad' ? replies.BAD_LINE : replies.LINE_TOO_LONG);
    return true;
  }

  private command(bytes: Buffer): void {
    if (!isUtf8(bytes)) return this.say(replies.BAD_LINE);
    const line = bytes.toString('utf8').trimEnd();
    const space = line.indexOf(' ');
    const word = (space < 0 ? line : line.slice(0, space)).toUpperCase();
    const verb = VERBS.get(word);
    if (!verb) return this.say(replies.UNKNOWN_COMMAND);
    const argument = space < 0 ? '' : line.slice(space + 1).trimStart();
    this.follow(verb(argument, this.session, this.house));
  }

  private follow({ session, reply: answer, then }: Step): void {
    if (session) {
      if (this.content && !session.transaction) this.endTransaction();
      this.session = session;
    }
    if (answer) this.say(answer);
    // Too many errors may have ended it.
    if (!then || this.reading === 'closed') return;
    const envelope = envelopeOf(this.session);
    if (then.type === 'close') this.close();
    else if (then.type === 'data') {
      this.begin(envelope);
      this.decoder = new DotDecoder();
      this.reading = 'data';
    } else if (then.type === 'chunk') {
      if (!then.refused && !this.content) this.begin(envelope);
      if (!then.refused && then.size >= SIZEABLE_CHUNK) this.commands -= 1;
      this.chunk = { left: then.size, last: then.last, refused: then.refused };
      this.reading = 'chunk';
    } else {
      this.reading = 'nothing';
      if (then.type === 'secure') this.lines.drain();
      if (then.type === 'ask-recipient') this.asked = then.address;
      this.effects.push(then.type === 'secure' ? then : { ...then, envelope });
    }
  }

  private readData(): boolean {
    const { content, rest } = this.decoder.feed(this.lines.drain());
    if (content.length > 0) this.pass(content);
    if (!rest) return false;
    this.reading = 'lines';
    this.lines.add(rest);
    this.endContent();
    return true;
  }

  private readChunk(): boolean {
    const { chunk } = this;
    const held = this.lines.drain();
    const octets = held.subarray(0, chunk.left);
    chunk.left -= octets.length;
    if (!chunk.refused && octets.length > 0) this.pass(octets);
    if (chunk.left > 0) return false;
    this.reading = 'lines';
    this.lines.add(held.subarray(octets.length));
    const failure = chunk.refused ?? this.content?.failure;
    if (failure) {
      if (!chunk.refused) this.endTransaction();
      this.say(failure);
    } else if (chunk.last) this.endContent();
    else this.say(replies.OK);
    return true;
  }

  private begin(envelope: Envelope<unknown>): void {
    this.content = { inspector: new Inspector(), failure: null };
    this.effects.push({ type: 'begin', envelope });
  }

  /** What breaks a limit is read to its end, so that both sides know where they are, and kept nowhere. */
  private pass(bytes: Buffer): void {
    const { content } = this;
    if (!content || content.failure) return;
    const { inspector } = content;
    const { messageBytes, receivedFields } = this.house.limits;
    inspector.see(bytes);
    if (inspector.size > messageBytes) content.failure = replies.TOO_LARGE;
    else if (inspector.received > receivedFields) content.failure = replies.GOES_IN_A_CIRCLE;
    this.effects.push(content.failure ? { type: 'abandon' } : { type: 'content', bytes });
  }

  private endContent(): void {
    const failure = this.content?.failure;
    if (failure) {
      this.endTransaction();
      return this.say(failure);
    }
    this.content = null;
    this.reading = 'nothing';
    this.effects.push({ type: 'end' });
  }

  private endTransaction(): void {
    if (this.content && !this.content.failure) this.effects.push({ type: 'abandon' });
    this.content = null;
    this.session = { ...this.session, transaction: null };
  }

  private say(answer: Reply): void {
    this.effects.push({ type: 'send', text: rendered(answer) });
    if (!isError(answer) || this.reading === 'closed') return;
    this.errors += 1;
    if (this.errors < this.house.limits.errors) return;
    this.effects.push({ type: 'send', text: rendered(replies.TOO_MANY_ERRORS) });
    this.close();
  }

  private close(): void {
    if (this.reading === 'closed') return;
    this.endTransaction();
    this.lines.drain();
    this.reading = 'closed';
    this.effects.push({ type: 'close' });
  }

  private take(): Effect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}
