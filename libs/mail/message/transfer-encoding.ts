import { bufferOf } from '../bytes.js';

/** Undoes Content-Transfer-Encoding (RFC 2045), tolerant of what is no valid code. A view where nothing is encoded. */
export const decodeTransfer = (bytes: Uint8Array, encoding: string): Buffer => {
  const buffer = bufferOf(bytes);
  switch (encoding) {
    case 'base64':
      return decodeBase64(buffer.toString('latin1'));
    case 'quoted-printable':
      return decodeQuotedPrintable(buffer);
    case 'x-uuencode':
    case 'uuencode':
    case 'x-uue':
    case 'uue':
      return decodeUu(buffer);
    default:
      return buffer;
  }
};

/** Pieces that were encoded one by one are joined; what follows the padding and is no base64 is left out. */
const decodeBase64 = (text: string): Buffer => {
  const padding = text.indexOf('=');
  const rest = padding < 0 ? '' : text.slice(padding).replace(/^[=\s]+/, '');
  if (!/^[A-Za-z0-9+/][A-Za-z0-9+/=\r\n]*$/.test(rest)) return Buffer.from(text, 'base64');
  const out = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (const piece of text.split(/=+/)) length += out.write(piece, length, 'base64');
  return out.subarray(0, length);
};

const [LF, CR, SPACE, TAB, EQUALS, UNDERSCORE] = [10, 13, 32, 9, 61, 95];

const HEX = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

const decodeQuotedPrintable = (bytes: Buffer): Buffer => {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  // Up to here nothing is dropped at the end of a line: it was encoded, or the line before ended there.
  let solid = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === EQUALS) {
      const [high, low] = [HEX[bytes[at + 1] ?? 0]!, HEX[bytes[at + 2] ?? 0]!];
      if (high >= 0 && low >= 0) {
        out[length++] = (high << 4) | low;
        solid = length;
        at += 2;
        continue;
      }
      let end = at + 1;
      while (bytes[end] === SPACE || bytes[end] === TAB) end++;
      if (bytes[end] === CR && bytes[end + 1] === LF) end++;
      if (bytes[end] === LF || end >= bytes.length) {
        at = end;
        solid = length;
      } else out[length++] = byte;
      continue;
    }
    if (byte === LF || (byte === CR && bytes[at + 1] === LF)) {
      while (length > solid && (out[length - 1] === SPACE || out[length - 1] === TAB)) length--;
    }
    out[length++] = byte;
    if (byte === LF) solid = length;
  }
  return out.subarray(0, length);
};

/** The Q of an encoded word (RFC 2047 4.2). */
export const decodeQ = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const [high, low] = byte === EQUALS ? [HEX[bytes[at + 1] ?? 0]!, HEX[bytes[at + 2] ?? 0]!] : [-1, -1];
    if (high >= 0 && low >= 0) {
      bytes[length++] = (high << 4) | low;
      at += 2;
    } else bytes[length++] = byte === UNDERSCORE ? SPACE : byte;
  }
  return bytes.subarray(0, length);
};

/** Lines between `begin` and `end`; each says its own length. */
const decodeUu = (bytes: Buffer): Buffer => {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let at = 0;
  while (at < bytes.length) {
    const newline = bytes.indexOf(LF, at);
    const end = newline < 0 ? bytes.length : newline;
    const head = bytes.toString('latin1', at, Math.min(end, at + 6));
    if (head.startsWith('end')) break;
    if (!head.startsWith('begin ')) {
      const count = ((bytes[at] ?? SPACE) - SPACE) & 63;
      const stop = length + count;
      for (let from = at + 1; length < stop && from < end; from += 4) {
        const [a, b, c, d] = [0, 1, 2, 3].map((step) => ((bytes[from + step] ?? SPACE) - SPACE) & 63);
        const triple = (a! << 18) | (b! << 12) | (c! << 6) | d!;
        for (const shift of [16, 8, 0]) if (length < stop) out[length++] = (triple >> shift) & 255;
      }
    }
    at = end + 1;
  }
  return out.subarray(0, length);
};
