import { lineAt, nameAt } from './header-line.js';

const [LF, CR, SEMICOLON] = [10, 13, 59];

/** So many lines of a header are looked at for folding that lost its white space: each costs more than a folded one. */
const MOST_MENDED = 1_000;

/** In a header that is read line by line: which lines were folded before something on their way cut off white space. */
export class LostFolding {
  private mended = 0;
  /** Once it was looked for: where the last usual field stands. */
  private until: number | undefined;

  /** The header begins at `from`, and is read up to `limit` at most. */
  constructor(
    private readonly bytes: Buffer,
    private readonly from: number,
    private readonly limit: number,
  ) {}

  /** Whether a line is a parameter of the field before it. */
  isParameter(at: number, end: number): boolean {
    if (this.mended >= MOST_MENDED || !isParameter(this.bytes, at, end)) return false;
    this.mended += 1;
    return true;
  }

  /** Whether it is known already that usual fields follow. */
  isAmid(at: number): boolean {
    return this.until !== undefined && at < this.until;
  }

  /** Whether usual fields follow a line that is none, nor is its next: it goes on the one before it. */
  leadsOn(at: number): boolean {
    if (at > this.from) this.until ??= lastUsual(this.bytes, at, this.limit);
    return this.isAmid(at);
  }
}

/** What nearly every message has, and no text before its first empty line. */
const USUAL = new Set(
  'from to cc date subject message-id mime-version content-type content-transfer-encoding'.split(' '),
);

/** Where the last of at least two usual fields stands before the empty line; `at` where there are none. */
const lastUsual = (bytes: Buffer, at: number, limit: number): number => {
  const found = new Set<string>();
  let last = at;
  const stop = Math.min(limit, bytes.length);
  for (let line = at, count = 0; line < stop && count < MOST_MENDED; count++) {
    const { end, next } = lineAt(bytes, line);
    if (end === line) break;
    const name = nameAt(bytes, line, end);
    if (name !== null && USUAL.has(name)) {
      found.add(name);
      last = line;
    }
    line = next;
  }
  return found.size < 2 ? at : last;
};

/** A parameter behind a semicolon: the white space in front of it was lost. */
const isParameter = (bytes: Buffer, at: number, end: number): boolean => {
  let before = at - 1;
  while (bytes[before] === LF || bytes[before] === CR) before--;
  return bytes[before] === SEMICOLON && PARAMETER.test(bytes.toString('latin1', at, Math.min(end, at + 64)));
};
const PARAMETER = /^[\w*-]{1,60}=/;
