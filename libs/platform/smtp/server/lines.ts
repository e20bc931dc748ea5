const [LF, CR] = [0x0a, 0x0d];
const NONE = Buffer.alloc(0);

export type Taken = Readonly<{ line: Buffer } | { fault: 'bad' | 'too-long' }>;

/**
 * Cuts command lines out of what arrives. Only CRLF ends one: each piece of a line that holds a bare LF is a fault
 * of its own, so that nobody waits for an answer and nothing after the LF is taken for a command.
 */
export class LineReader {
  private held: Buffer = NONE;
  private state: 'fresh' | 'broken' | 'too-long' = 'fresh';

  /** `limit`: bytes of a line, CRLF included; more are not kept. */
  constructor(private readonly limit: number) {}

  get isEmpty(): boolean {
    return this.held.length === 0 && this.state === 'fresh';
  }

  add(bytes: Buffer): void {
    this.held = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
  }

  /** Takes what was not read as lines, so that it can be read otherwise. */
  drain(): Buffer {
    const rest = this.held;
    this.held = NONE;
    return rest;
  }

  /** The next line, without its CRLF; null until there is more. */
  next(): Taken | null {
    for (;;) {
      const { held, state } = this;
      const end = held.indexOf(LF);
      if (end < 0) {
        if (held.length < this.limit) return null;
        // Whether a CR was the last of it decides what the next LF means.
        this.held = Buffer.from(held.subarray(-1));
        this.state = 'too-long';
        return state === 'too-long' ? null : { fault: 'too-long' };
      }
      const ended = end > 0 && held[end - 1] === CR;
      this.held = held.subarray(end + 1);
      this.state = ended ? 'fresh' : 'broken';
      if (state === 'too-long') continue;
      if (end + 1 > this.limit) return { fault: 'too-long' };
      if (state === 'broken' || !ended) return { fault: 'bad' };
      const line = held.subarray(0, end - 1);
      return line.includes(CR) || line.includes(0) ? { fault: 'bad' } : { line };
    }
  }
}
