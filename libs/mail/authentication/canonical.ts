import { createHash } from 'node:crypto';
import { bufferOf } from '../bytes.js';

export type Canonicalization = 'simple' | 'relaxed';

const [LF, CR, SPACE, TAB] = [10, 13, 32, 9];

/** A header field with its line end (RFC 6376 sections 3.4.1 and 3.4.2). `raw`: a character a byte, without it. */
export const canonicalField = (raw: string, canonicalization: Canonicalization): string =>
  canonicalization === 'simple' ? raw : relaxedField(raw);

const relaxedField = (raw: string): string => {
  const colon = raw.indexOf(':');
  const value = raw
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/\t[ \t]*| [ \t]+/g, ' ');
  const start = value.startsWith(' ') ? 1 : 0;
  const end = value.endsWith(' ') ? value.length - 1 : value.length;
  return `${raw.slice(0, colon).trimEnd().toLowerCase()}:${value.slice(start, end)}`;
};

/** What is to be hashed next; only ever full inside one call. */
const scratch = Buffer.allocUnsafeSlow(16 * 1024);
const ROOM = scratch.length - 4;
const SHORT_LINE = 16;
const EMPTY_LINES = Buffer.alloc(scratch.length, '\r\n');

/**
 * The SHA-256 of a body (RFC 6376 sections 3.4.3 and 3.4.4) as its pieces come, of `most` canonical bytes of it.
 * A bare LF is a line end, as it is for whoever reads the message.
 */
export class BodyHash {
  private readonly hash = createHash('sha256');
  private readonly isRelaxed: boolean;
  /** Line ends that do not count if nothing comes after them. */
  private lineEnds = 0;
  private isAfterSpace = false;
  private isAfterCr = false;
  private length = 0;

  constructor(
    canonicalization: Canonicalization,
    private readonly most = Infinity,
  ) {
    this.isRelaxed = canonicalization === 'relaxed';
  }

  update(bytes: Uint8Array): void {
    const isBetween = !this.isAfterSpace && !this.isAfterCr;
    const end = isBetween ? canonicalEnd(bytes, this.isRelaxed) : 0;
    if (end > 0) this.addLines(bytes.subarray(0, end));
    if (end < bytes.length) this.addAny(bytes.subarray(end));
  }

  /** Of lines that are canonical, only the empty ones at the end are held back. */
  private addLines(lines: Uint8Array): void {
    let end = lines.length;
    while (end > 0 && lines[end - 1] === LF && lines[end - 2] === CR) end -= 2;
    if (end > 0) {
      this.release();
      this.add(end, lines);
    }
    this.lineEnds += (lines.length - end) / 2;
  }

  private addAny(bytes: Uint8Array): void {
    const { isRelaxed } = this;
    let { lineEnds, isAfterSpace, isAfterCr } = this;
    let to = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === LF) {
        lineEnds++;
        isAfterSpace = false;
        isAfterCr = false;
        continue;
      }
      const isSpace = isRelaxed && (byte === SPACE || byte === TAB);
      if (isSpace && !isAfterCr) {
        isAfterSpace = true;
        continue;
      }
      if (byte === CR && !isAfterCr) {
        isAfterCr = true;
        continue;
      }
      while (lineEnds > 0) {
        if (to > ROOM) to = this.add(to);
        scratch[to++] = CR;
        scratch[to++] = LF;
        lineEnds--;
      }
      if (to > ROOM) to = this.add(to);
      if (isAfterSpace) scratch[to++] = SPACE;
      if (isAfterCr) scratch[to++] = CR;
      isAfterSpace = isSpace;
      isAfterCr = byte === CR;
      if (!isSpace && !isAfterCr) scratch[to++] = byte;
    }
    this.add(to);
    this.lineEnds = lineEnds;
    this.isAfterSpace = isAfterSpace;
    this.isAfterCr = isAfterCr;
  }

  /** Base64. */
  digest(): string {
    if (this.isAfterCr) {
      // No LF follows any more: it is content.
      this.release();
      this.add(scratch.write(this.isAfterSpace ? ' \r' : '\r'));
    }
    if (this.length > 0 || !this.isRelaxed) this.add(scratch.write('\r\n'));
    return this.hash.digest('base64');
  }

  /** Something comes after them. */
  private release(): void {
    for (; this.lineEnds > 0; this.lineEnds -= Math.min(this.lineEnds, EMPTY_LINES.length / 2))
      this.add(Math.min(this.lineEnds * 2, EMPTY_LINES.length), EMPTY_LINES);
  }

  private add(length: number, from: Uint8Array = scratch): number {
    const wanted = Math.min(length, this.most - this.length);
    if (wanted > 0) this.hash.update(from.subarray(0, wanted));
    this.length += length;
    return 0;
  }
}

/**
 * Where the last line of `bytes` ends if all its lines are canonical already, as those of most messages are; else, or
 * where looking for so many lines would cost more than it spares, 0.
 */
const canonicalEnd = (bytes: Uint8Array, isRelaxed: boolean): number => {
  const text = bufferOf(bytes);
  if (isRelaxed && (text.includes(TAB) || text.includes('  '))) return 0;
  let end = 0;
  let most = bytes.length / SHORT_LINE;
  for (let at = text.indexOf(LF); at >= 0; at = text.indexOf(LF, end)) {
    if (text[at - 1] !== CR || (isRelaxed && text[at - 2] === SPACE) || --most < 0) return 0;
    end = at + 1;
  }
  return end;
};
