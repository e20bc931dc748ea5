import { bufferOf } from '../bytes.js';
import { decodeCharset, nearlyUtf8 } from './charset.js';
import { lineAt, nameAt } from './header-line.js';
import { BeyondLimit, MESSAGE_LIMITS } from './limits.js';
import { LostFolding } from './lost-folding.js';

/** One field of a header block. `name` is lower case; the offsets are into the bytes that were read. */
export type Field = Readonly<{ name: string; start: number; valueStart: number; end: number }>;

export type HeaderBlock = Readonly<{
  bytes: Buffer;
  fields: readonly Field[];
  /** First byte of the body. */
  bodyStart: number;
  /** The block went past the limits, and its rest was not read. */
  cut: boolean;
}>;

const [SPACE, TAB, DASH, COLON] = [32, 9, 45, 58];

/** Of a part: the empty line in front of it was left out. */
const isDelimiter = (bytes: Buffer, at: number): boolean => bytes[at] === DASH && bytes[at + 1] === DASH;

/**
 * Reads the fields from `from` up to the empty line, in order, each with its exact bytes, folding included
 * (RFC 5322 2.2). Lines may end in CRLF or in a bare LF. An mbox `From ` line in front and a stray line between
 * fields are skipped; a parameter, and in a message several lines that usual fields follow, are folding that lost its
 * white space; where no field follows, the body begins. `isEnd` is for the header of a part: it tells a line that
 * ends the block though no empty line came.
 */
export const readHeader = (
  raw: Uint8Array,
  from = 0,
  isEnd?: (lineStart: number) => boolean,
): HeaderBlock => {
  const bytes = bufferOf(raw);
  const fields: Field[] = [];
  const limit = from + MESSAGE_LIMITS.headerBytes;
  let at = from;
  let open: { name: string; start: number; valueStart: number } | null = null;
  const close = (end: number) => {
    if (open) fields.push({ ...open, end });
    open = null;
  };
  const lost = new LostFolding(bytes, from, limit);
  const isFolded = (end: number) =>
    bytes[at] === SPACE || bytes[at] === TAB || (open !== null && lost.isParameter(at, end));

  while (at < bytes.length) {
    const { end, next } = lineAt(bytes, at);
    if (end === at) {
      close(at);
      return { bytes, fields, bodyStart: next, cut: false };
    }
    if (isEnd?.(at)) break;
    if (next > limit || fields.length >= MESSAGE_LIMITS.headerFields) {
      close(at);
      return { bytes, fields, bodyStart: at, cut: true };
    }
    if (!isFolded(end)) {
      const name = nameAt(bytes, at, end);
      const isMbox = at === from && bytes.toString('latin1', at, at + 6).includes('From ');
      if (name === null && isDelimiter(bytes, at)) break;
      if (name !== null) {
        close(at);
        open = { name, start: at, valueStart: bytes.indexOf(COLON, at) + 1 };
      } else if (!lost.isAmid(at)) {
        const isStray = isMbox || nameAt(bytes, next, lineAt(bytes, next).end) !== null;
        if (isStray) close(at);
        else if (isEnd || !lost.leadsOn(at)) break;
      }
    }
    at = next;
  }
  close(at);
  return { bytes, fields, bodyStart: at, cut: false };
};

/** As `readHeader`, but a block that goes past the limits is an error. */
export const readPartHeader = (
  raw: Uint8Array,
  from: number,
  isEnd?: (lineStart: number) => boolean,
): HeaderBlock => {
  const header = readHeader(raw, from, isEnd);
  if (header.cut) throw new BeyondLimit('too-large');
  return header;
};

/** What stands in a header: UTF-8 (RFC 6532) where it is that, else what old mailers meant. */
export const headerText = (bytes: Buffer): string => textBetween(bytes, 0, bytes.length);

/** As `headerText`: in the charset of the body, if `charset` tells it, and ISO-2022-JP where its escapes are. */
const textBetween = (bytes: Buffer, start: number, end: number, charset?: () => string | null): string => {
  const ascii = bytes.toString('latin1', start, end);
  const isAscii = !/[\x80-\xff]/.test(ascii);
  if (isAscii && !ascii.includes('\x1b$')) return ascii;
  const written = bytes.subarray(start, end);
  if (isAscii) return decodeCharset(written, 'iso-2022-jp');
  const text = nearlyUtf8(written);
  if (text !== null) return text;
  const told = charset?.();
  return decodeCharset(written, told && !/^(us-ascii|utf-?8)$/i.test(told) ? told : 'windows-1252');
};

/** On one line: folding becomes one space, and so does what no header may hold. */
export const unfold = (value: string): string => {
  const line = value.trim();
  // Most values stand on one line.
  if (!CONTROL.test(line)) return line;
  return line
    .replace(/\r?\n[ \t]*/g, ' ')
    .replace(/[\0-\x1f\x7f]+/g, ' ')
    .trim();
};
const CONTROL = /[\0-\x1f\x7f]/;

/** The unfolded value of a field, encoded words left as they are. */
export const fieldValue = (header: HeaderBlock, { valueStart, end }: Field): string =>
  unfold(textBetween(header.bytes, valueStart, end, () => charsetOf(header)));

const charsetOf = ({ bytes, fields }: HeaderBlock): string | null => {
  const field = fields.find(({ name }) => name === 'content-type');
  if (!field) return null;
  const value = bytes.toString('latin1', field.valueStart, Math.min(field.end, field.valueStart + 1_000));
  return /\bcharset\s*=\s*"?([\w.:-]+)/i.exec(value)?.[1] ?? null;
};

/** Of the first field with this name (lower case). */
export const firstValue = (header: HeaderBlock, name: string): string | null => {
  const field = header.fields.find((one) => one.name === name);
  return field ? fieldValue(header, field) : null;
};

/** Of all fields with this name (lower case), in order. */
export const allValues = (header: HeaderBlock, name: string): string[] =>
  header.fields.filter((field) => field.name === name).map((field) => fieldValue(header, field));
