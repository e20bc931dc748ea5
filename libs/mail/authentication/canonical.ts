import { createHash } from 'node:crypto';

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
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '');
  return `${raw
    .slice(0, colon)
    .replace(/[ \t]+$/, '')
    .toLowerCase()}:${value}`;
};

/** What is to be hashed next; only ever full inside one call. */
const scratch = Buffer.allocUnsafeSlow(16 * 1024);
const ROOM = scratch.length - 4;

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
      for (; this.lineEnds > 0; this.lineEnds--) this.add(scratch.write('\r\n'));
      this.add(scratch.write(this.isAfterSpace ? ' \r' : '\r'));
    }
    if (this.length > 0 || !this.isRelaxed) this.add(scratch.write('\r\n'));
    return this.hash.digest('base64');
  }

  private add(length: number): number {
    const wanted = Math.min(length, this.most - this.length);
    if (wanted > 0) this.hash.update(scratch.subarray(0, wanted));
    this.length += length;
    return 0;
  }
}
