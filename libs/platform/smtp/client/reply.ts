/** `enhanced`: RFC 2034. `text`: all of it on one line, as it may be shown. */
export type Reply = Readonly<{
  code: number;
  enhanced: string | null;
  lines: readonly string[];
  text: string;
}>;

/** What a peer may say at once; RFC 5321 section 4.5.3.1.5 has 512 bytes a line. */
const LINE_BYTES = 4_096;
const LINES = 128;
const SHOWN = 500;

/** What is no reply of RFC 5321 section 4.2, or has no end. */
export class ReplyFault extends Error {
  override readonly name = 'ReplyFault';
}

/** Replies out of whatever pieces they come in. */
export class ReplyReader {
  private rest = Buffer.alloc(0);
  private lines: string[] = [];

  /** Nothing is left over, not even a piece. */
  get isEmpty(): boolean {
    return this.rest.length === 0 && this.lines.length === 0;
  }

  /** Those that are complete, then `ReplyFault` where what follows is none. */
  *push(chunk: Buffer): Iterable<Reply> {
    let data = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a)) {
      const line = data.subarray(0, end).toString('utf8').replace(/\r$/, '');
      data = data.subarray(end + 1);
      if (end > LINE_BYTES || !/^[2-5]\d\d(?:[ -]|$)/.test(line)) throw new ReplyFault('This is no reply');
      this.lines.push(line);
      if (this.lines.length > LINES) throw new ReplyFault('The reply has no end');
      if (line.charAt(3) === '-') continue;
      const reply = replyOf(this.lines);
      this.lines = [];
      yield reply;
    }
    if (data.length > LINE_BYTES) throw new ReplyFault('The line has no end');
    this.rest = Buffer.from(data);
  }
}

const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/;

const replyOf = (raw: readonly string[]): Reply => {
  const code = Number(raw.at(-1)?.slice(0, 3));
  const lines = raw.map((line) => line.slice(4));
  const enhanced = ENHANCED.exec(lines[0] ?? '')?.[1] ?? null;
  const rest = lines.map((line, index) => (index > 0 ? line.replace(ENHANCED, '') : line));
  const text = `${code} ${rest.join(' ')}`.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return { code, enhanced, lines, text: text.slice(0, SHOWN).toWellFormed() };
};
