const [LF, CR, DOT] = [0x0a, 0x0d, 0x2e];
const CRLF_DOT = Buffer.from('\r\n.');

const NONE = Buffer.alloc(0);

/** `rest`: what follows the end of the message; null while it goes on. */
export type Fed = Readonly<{ content: Buffer; rest: Buffer | null }>;

/**
 * Undoes dot-stuffing (RFC 5321 section 4.5.2) and finds the end of DATA: CRLF "." CRLF and nothing else.
 * A CR or LF that stands alone is content like any other byte, so no two readers of it can disagree about the end.
 */
export class DotDecoder {
  private state: 'text' | 'cr' | 'line-start' | 'dot' | 'dot-cr' = 'line-start';

  feed(bytes: Buffer): Fed {
    let out = NONE;
    let [from, length] = [0, 0];
    /** Takes over what stands before `to`, in one piece with what came before it, and goes on at `next`. */
    const take = (to: number, next: number) => {
      if (out === NONE) out = Buffer.allocUnsafe(bytes.length + 1);
      length += bytes.copy(out, length, from, to);
      from = next;
    };
    for (let at = 0; at < bytes.length;) {
      const byte = bytes[at];
      if (this.state === 'dot-cr') {
        if (byte === LF) return { content: out.subarray(0, length), rest: bytes.subarray(at + 1) };
        take(at, at);
        length = out.writeUInt8(CR, length);
        this.state = 'cr';
      } else if (this.state === 'dot' && byte === CR) {
        this.state = 'dot-cr';
        take(at, (at += 1));
      } else if (this.state === 'line-start' && byte === DOT) {
        this.state = 'dot';
        take(at, (at += 1));
      } else if (this.state === 'cr' && (byte === LF || byte === CR)) {
        this.state = byte === LF ? 'line-start' : 'cr';
        at += 1;
      } else at = this.text(bytes, at);
    }
    if (from === 0 && length === 0) return { content: bytes, rest: null };
    take(bytes.length, bytes.length);
    return { content: out.subarray(0, length), rest: null };
  }

  /** From ordinary text to the next dot that begins a line, or to the end of these bytes. */
  private text(bytes: Buffer, at: number): number {
    const found = bytes.indexOf(CRLF_DOT, at);
    this.state = 'line-start';
    if (found >= 0) return found + 2;
    const last = bytes.length - 1;
    if (bytes[last] === CR) this.state = 'cr';
    else if (bytes[last] !== LF || last === at || bytes[last - 1] !== CR) this.state = 'text';
    return bytes.length;
  }
}

/** White space before the colon is obsolete (RFC 5322 section 4.5), and a field all the same. */
const RECEIVED = /^received[ \t]*:/i;
/** How much of a line is looked at. */
const MARK = 40;

/** Counts the bytes of a message and the `Received` fields of its header as they pass by. */
export class Inspector {
  size = 0;
  received = 0;
  private inHeader = true;
  private lineStart = '';

  see(bytes: Buffer): void {
    this.size += bytes.length;
    for (let at = 0; this.inHeader && at < bytes.length;) {
      const end = bytes.indexOf(LF, at);
      const stop = end < 0 ? bytes.length : end + 1;
      if (this.lineStart.length < MARK)
        this.lineStart += bytes.toString('latin1', at, Math.min(stop, at + MARK - this.lineStart.length));
      if (end >= 0) this.line();
      at = stop;
    }
  }

  private line(): void {
    const { lineStart } = this;
    if (RECEIVED.test(lineStart)) this.received += 1;
    if (lineStart === '\r\n' || lineStart === '\n') this.inHeader = false;
    this.lineStart = '';
  }
}
