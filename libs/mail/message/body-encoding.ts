import { bufferOf } from '../bytes.js';

export type TransferEncoding = '7bit' | 'quoted-printable' | 'base64';

/** RFC 2045 section 6.7 and RFC 5322 section 2.1.1, without their line ends. */
const ENCODED_LINE = 76;
const PLAIN_LINE = 998;

/** About this many bytes a chunk: 57 bytes make a line of base64. */
const CHUNK = 57 * 1_024;

const EQUALS = 0x3d;
const hex = Array.from({ length: 256 }, (_, byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`);

/** Every kind of line end as CRLF. */
export const withCrlf = (text: string): string => text.replace(/\r\n|\r|\n/g, '\r\n');

/**
 * How a text (with CRLF) survives every hop as it is: plain only where nobody on the way has a reason to touch it,
 * else whichever encoding is shorter.
 */
export const encodingFor = (text: string): TransferEncoding => {
  const isPlain =
    !/[^\t\r\n\x20-\x7e]|[ \t](?:\r\n|$)|^From |^--=_/m.test(text) &&
    text.split('\r\n').every(({ length }) => length <= PLAIN_LINE);
  if (isPlain) return '7bit';
  const escaped = text.length - text.replace(/[^\t\r\n\x20-\x7e]/g, '').length;
  return escaped * 4 > text.length ? 'base64' : 'quoted-printable';
};

/** The body of a part, its last line ended, in chunks. */
export function* encodeText(text: string, encoding: TransferEncoding): Iterable<Buffer> {
  if (encoding === 'base64') return yield* base64Lines(Buffer.from(text, 'utf8'));
  const ended = text.endsWith('\r\n') ? text : `${text}\r\n`;
  for (let at = 0; at < ended.length;) {
    const cut = ended.indexOf('\r\n', at + CHUNK);
    const end = cut < 0 ? ended.length : cut + 2;
    const lines = ended.slice(at, end);
    yield Buffer.from(encoding === '7bit' ? lines : quotedPrintable(lines), 'latin1');
    at = end;
  }
}

/** RFC 2045 section 6.8, in lines of 76. */
export function* base64Lines(content: Uint8Array): Iterable<Buffer> {
  const bytes = bufferOf(content);
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const lines =
      bytes
        .subarray(at, at + CHUNK)
        .toString('base64')
        .match(/.{1,76}/g) ?? [];
    yield Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
  }
}

/** RFC 2045 section 6.7; `text` has CRLF line ends, which stay. */
export const quotedPrintable = (text: string): string => text.split('\r\n').map(encodeLine).join('\r\n');

const encodeLine = (line: string): string => {
  const bytes = Buffer.from(line, 'utf8');
  let out = '';
  let width = 0;
  for (const [index, byte] of bytes.entries()) {
    const isLast = index === bytes.length - 1;
    const isSpace = byte === 0x20 || byte === 0x09;
    // A space at the end would be lost, a "From " at the start quoted by mailboxes that are files.
    const isSafe = isSpace
      ? !isLast
      : byte > 0x20 && byte < 0x7f && byte !== EQUALS && !(index === 0 && /^From /.test(line));
    const next = isSafe ? String.fromCharCode(byte) : (hex[byte] ?? '');
    if (width + next.length > (isLast ? ENCODED_LINE : ENCODED_LINE - 1)) {
      out += '=\r\n';
      width = 0;
    }
    out += next;
    width += next.length;
  }
  return out;
};
