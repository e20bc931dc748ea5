import { firstValue, readPartHeader, type HeaderBlock } from './header.js';
import { BeyondLimit, MESSAGE_LIMITS } from './limits.js';
import { parseParameters, type Parameterised } from './parameters.js';
import { decodeTransfer } from './transfer-encoding.js';

/** One part of a message (RFC 2046). A multipart has `parts` and no content that anyone reads. */
export type Part = Readonly<{
  header: HeaderBlock;
  /** Lower case, `type/subtype`. */
  contentType: string;
  parameters: ReadonlyMap<string, string>;
  disposition: Parameterised | null;
  encoding: string;
  /** Of the encoded content, in the message's bytes. */
  start: number;
  end: number;
  parts: readonly Part[] | null;
}>;

export const contentOf = (part: Part): Buffer =>
  decodeTransfer(part.header.bytes.subarray(part.start, part.end), part.encoding);

/**
 * The parts of a message whose header was read. One pass over the bytes, however the boundaries stand in each other:
 * each line that could be a delimiter is looked up once. Throws `BeyondLimit`.
 */
export const readStructure = (header: HeaderBlock): Part => new Reader(header.bytes).message(header);

type Delimiter = Readonly<{ level: number; closing: boolean; lineStart: number; next: number }>;
type Draft = Omit<Part, 'start' | 'end' | 'parts'>;

const [LF, CR, SPACE, TAB, DASH] = [10, 13, 32, 9, 45];
const CLOSING = '--';

class Reader {
  /** For each boundary in force the levels of the multiparts that use it, the innermost last. */
  private readonly boundaries = new Map<string, number[]>();
  private longest = 0;
  private count = 0;
  private fields = 0;

  constructor(private readonly bytes: Buffer) {}

  message(header: HeaderBlock): Part {
    return this.part(header, 0, 'text/plain').part;
  }

  /** The part whose body begins where its header ended, and the delimiter that ended it. */
  private part(header: HeaderBlock, level: number, byDefault: string): { part: Part; end: Delimiter | null } {
    if (++this.count > MESSAGE_LIMITS.parts) throw new BeyondLimit('too-many-parts');
    this.fields += header.fields.length;
    if (this.fields > MESSAGE_LIMITS.allFields) throw new BeyondLimit('too-large');
    const draft = describe(header, byDefault);
    const start = header.bodyStart;
    const boundary = draft.contentType.startsWith('multipart/')
      ? draft.parameters.get('boundary')
      : undefined;
    if (!boundary?.trim()) return this.leaf(draft, start, this.delimiterAt(start));
    if (level >= MESSAGE_LIMITS.depth) throw new BeyondLimit('too-deep');
    // White space at its end stands in some delimiters and not in others.
    this.longest = Math.max(this.longest, Buffer.byteLength(boundary));
    return this.multipart(draft, start, level + 1, Buffer.from(boundary.trimEnd()).toString('latin1'));
  }

  private leaf(draft: Draft, start: number, end: Delimiter | null) {
    return { part: { ...draft, start, end: this.beforeBreak(start, end), parts: null }, end };
  }

  private multipart(draft: Draft, start: number, level: number, boundary: string) {
    const levels = this.boundaries.get(boundary) ?? [];
    this.boundaries.set(boundary, [...levels, level]);
    const byDefault = draft.contentType === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    const parts: Part[] = [];
    let found = this.delimiterAt(start);
    const first = found;
    while (found?.level === level && !found.closing) {
      const header = readPartHeader(this.bytes, found.next, (from) => this.lookUp(from) !== null);
      const read = this.part(header, level, byDefault);
      parts.push(read.part);
      found = read.end;
    }
    if (levels.length > 0) this.boundaries.set(boundary, levels);
    else this.boundaries.delete(boundary);
    // After the closing delimiter comes an epilogue, which nobody reads.
    const end = found?.level === level ? this.delimiterAt(found.next) : found;
    // Its boundary never came, or only to close it: what is there is better shown as text than lost.
    if (parts.length === 0) {
      const leaf = this.leaf(draft, start, first?.level === level ? first : end);
      if (first?.level !== level || !this.isBlank(leaf.part)) return { ...leaf, end };
    }
    return { part: { ...draft, start, end: this.beforeBreak(start, end), parts }, end };
  }

  private isBlank({ start, end }: Part): boolean {
    return /^\s*$/.test(this.bytes.toString('latin1', start, end));
  }

  /** The first delimiter line at or after `from`, which is the start of a line. */
  private delimiterAt(from: number): Delimiter | null {
    if (this.boundaries.size === 0) return null;
    const { bytes } = this;
    // A plain loop: a search by the buffer costs a call for every line that begins with dashes.
    for (let at = from; at < bytes.length; at++) {
      if (bytes[at] !== DASH || bytes[at + 1] !== DASH || (at > from && bytes[at - 1] !== LF)) continue;
      const found = this.lookUp(at);
      if (found) return found;
    }
    return null;
  }

  private lookUp(lineStart: number): Delimiter | null {
    const { bytes } = this;
    if (bytes[lineStart] !== DASH || bytes[lineStart + 1] !== DASH) return null;
    const start = lineStart + 2;
    // No further than a boundary in force reaches: of lines that only look like one there may be millions.
    const furthest = Math.min(start + this.longest + CLOSING.length, bytes.length);
    let lineEnd = start;
    while (lineEnd < furthest && bytes[lineEnd] !== LF) lineEnd++;
    while (isPadding(bytes[lineEnd])) lineEnd++;
    if (lineEnd < bytes.length && bytes[lineEnd] !== LF) return null;
    let end = lineEnd;
    while (end > start && isPadding(bytes[end - 1])) end--;
    if (end === start) return null;
    const line = bytes.toString('latin1', start, end);
    const next = Math.min(lineEnd + 1, bytes.length);
    const open = this.boundaries.get(line)?.at(-1);
    if (open !== undefined) return { level: open, closing: false, lineStart, next };
    const closed = line.endsWith(CLOSING)
      ? this.boundaries.get(line.slice(0, -CLOSING.length).trimEnd())?.at(-1)
      : undefined;
    return closed === undefined ? null : { level: closed, closing: true, lineStart, next };
  }

  /** The line break in front of a delimiter belongs to it. */
  private beforeBreak(start: number, delimiter: Delimiter | null): number {
    let end = delimiter ? delimiter.lineStart : this.bytes.length;
    if (delimiter && end > start) end -= end - 1 > start && this.bytes[end - 2] === CR ? 2 : 1;
    return Math.max(start, end);
  }
}

const isPadding = (byte: number | undefined) => byte === CR || byte === SPACE || byte === TAB;

const describe = (header: HeaderBlock, byDefault: string): Draft => {
  const type = parseParameters(firstValue(header, 'content-type') ?? byDefault);
  const disposition = firstValue(header, 'content-disposition');
  const told = firstValue(header, 'content-transfer-encoding') ?? '7bit';
  const encoding = told.split(/[;(]/, 1)[0]!.replace(/["']/g, '').trim().toLowerCase();
  const described = {
    header,
    parameters: type.parameters,
    disposition: disposition === null ? null : parseParameters(disposition),
    encoding,
  };
  return { ...described, contentType: mediaType(type.value) ?? (isFile(described) ? BINARY : byDefault) };
};

const BINARY = 'application/octet-stream';

/** What is no media type is read as the default, as RFC 2045 5.2 asks for; but not a file in base64. */
const isFile = ({ parameters, disposition, encoding }: Omit<Draft, 'contentType'>): boolean =>
  encoding === 'base64' &&
  (disposition?.value === 'attachment' ||
    parameters.has('name') ||
    disposition?.parameters.has('filename') === true);

/** In the letters of RFC 2045 5.1: `image/*` and `multipart/*` are sent too. Null for what is none. */
const mediaType = (value: string): string | null => {
  const [, type, subtype] =
    /^([\w!#$%&'*+^`{|}~.-]{1,127})\s*\/\s*([\w!#$%&'*+^`{|}~.-]{1,127})/.exec(value) ?? [];
  if (type !== undefined) return `${type}/${subtype}`;
  return value === 'text' ? 'text/plain' : null;
};
