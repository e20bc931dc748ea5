import { bufferOf } from '../bytes.js';
import { decodeCharset, nearlyUtf8 } from './charset.js';
import { BeyondLimit, MESSAGE_LIMITS } from './limits.js';

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

const [LF, CR, SPACE, TAB, DASH, COLON, SEMICOLON] = [10, 13, 32, 9, 45, 58, 59];
const NAME = /^[!-9;-~]+[ \t]*$/;

/** `end`: without its line break. */
const lineAt = (bytes: Buffer, at: number): { end: number; next: number } => {
  const newline = bytes.indexOf(LF, at);
  if (newline < 0) return { end: bytes.length, next: bytes.length };
  return { end: newline > at && bytes[newline - 1] === CR ? newline - 1 : newline, next: newline + 1 };
};

const nameAt = (bytes: Buffer, at: number, end: number): string | null => {
  const start = bytes.toString('latin1', at, Math.min(end, at + 256));
  const name = start.slice(0, Math.max(0, start.indexOf(':')));
  return NAME.test(name) ? name.trimEnd().toLowerCase() : null;
};

/** What nearly every message has, and no text before its first empty line. */
const USUAL = new Set(
  'from to cc date subject message-id mime-version content-type content-transfer-encoding'.split(' '),
);

/** So many lines of a header are looked at for folding that lost its white space: each costs more than a folded one. */
const MOST_MENDED = 1_000;

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

/** Of a part: the empty line in front of it was left out. */
const isDelimiter = (bytes: Buffer, at: number): boolean => bytes[at] === DASH && bytes[at + 1] === DASH;

/** A parameter behind a semicolon: the white space in front of it was lost. */
const isParameter = (bytes: Buffer, at: number, end: number): boolean => {
  let before = at - 1;
  while (bytes[before] === LF || bytes[before] === CR) before--;
  return bytes[before] === SEMICOLON && PARAMETER.test(bytes.toString('latin1', at, Math.min(end, at + 64)));
};
const PARAMETER = /^[\w*-]{1,60}=/;

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
  let goesOnTo = isEnd ? from : -1;
  let mended = 0;
  const isFolded = (end: number) => {
    if (bytes[at] === SPACE || bytes[at] === TAB) return true;
    return open !== null && mended < MOST_MENDED && isParameter(bytes, at, end) && ++mended > 0;
  };
  /** Of a line that is no field, and whose next is none. */
  const goesOn = () => {
    if (goesOnTo < 0 && at > from) goesOnTo = lastUsual(bytes, at, limit);
    return at < goesOnTo;
  };

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
      } else if (at >= goesOnTo) {
        const isStray = isMbox || nameAt(bytes, next, lineAt(bytes, next).end) !== null;
        if (isStray) close(at);
        else if (!goesOn()) break;
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
