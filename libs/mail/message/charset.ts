import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { CP437, CP850, decodeSingleByte } from './code-pages.js';

const decoders = new Map<string, TextDecoder | null>();

/** Labels that mail uses and the encoding standard of the web does not know. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'unicode-1-1-utf-8': 'utf-8',
    utf8mb4: 'utf-8',
    cp932: 'shift_jis',
    'ibm-943': 'shift_jis',
    cp936: 'gbk',
    cp949: 'euc-kr',
    cp950: 'big5',
    cp51932: 'euc-jp',
    'x-euc-jp': 'euc-jp',
    'x-gbk': 'gbk',
    'x-mac-roman': 'macintosh',
    'mac-roman': 'macintosh',
    'iso-8859-8-e': 'iso-8859-8',
    'utf-16': 'utf-16be',
    'ucs-2': 'utf-16be',
    'iso-10646-ucs-2': 'utf-16be',
  }),
);

/** Decodes by any charset label; what cannot be decoded is U+FFFD, and an unknown label is read as UTF-8 or as 8-bit. */
export const decodeCharset = (bytes: Uint8Array, label: string): string => {
  const name = label
    .trim()
    .toLowerCase()
    .replace(/^(cs|x-)(?=(iso|ibm|cp|utf)[-\d])/, '');
  if (name === 'utf-8' || name === 'utf8') return decoderOf('utf-8')!.decode(bytes);
  const special = SPECIAL.get(name);
  if (special) return special(bytes);
  const decoder = ASCII.test(name) ? null : decoderOf(name);
  return decoder ? decoder.decode(bytes) : guess(bytes);
};

/**
 * UTF-8 where it is that but for a few bytes, such as a letter that was cut in two: those are U+FFFD. Null where it is
 * something else.
 */
export const nearlyUtf8 = (bytes: Uint8Array): string | null => {
  const text = decoderOf('utf-8')!.decode(bytes);
  if (isUtf8(bytes)) return text;
  let [whole, broken] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0xfffd) broken++;
    else if (unit > 0x7f) whole++;
  }
  return whole >= 4 * broken ? text : null;
};

const ASCII = /^(us-?ascii|ansi_x3.*|ascii|7bit|8bit|unknown.*|x-unknown|default_charset|)$/;

const guess = (bytes: Uint8Array): string => {
  const text = nearlyUtf8(bytes);
  if (text === null) return decoderOf('windows-1252')!.decode(bytes);
  return ESCAPED.test(text) ? iso2022jp(bytes) : text;
};
/** No charset has a longer name. */
const LONGEST_LABEL = 40;
const ESCAPED = /\x1b\$[@B]/;

const decoderOf = (name: string): TextDecoder | null => {
  if (name.length > LONGEST_LABEL) return null;
  const known = decoders.get(name);
  if (known !== undefined) return known;
  const decoder = build(ALIASES.get(name) ?? name) ?? dashed(name) ?? codePage(name);
  // Labels come from strangers: what is remembered must not grow with them.
  if (decoders.size < 200) decoders.set(name, decoder);
  return decoder;
};

const dashed = (name: string): TextDecoder | null =>
  name.includes('_') ? build(name.replace(/_/g, '-')) : null;

const build = (label: string): TextDecoder | null => {
  try {
    return new TextDecoder(label);
  } catch {
    return null;
  }
};

const codePage = (name: string): TextDecoder | null => {
  const number = /^(?:cp|ibm|windows|win|dos|ms)[-_]?(\d{3,5})$/.exec(name)?.[1];
  return number ? build(ALIASES.get(`cp${number}`) ?? `windows-${number}`) : null;
};

/** UTF-16: its byte order mark says how it is to be read; without one, where the zeros of what is ASCII stand. */
const utf16 = (bytes: Uint8Array) =>
  decoderOf(isLittleEndian(bytes) ? 'utf-16le' : 'utf-16be')!.decode(bytes);

const isLittleEndian = (bytes: Uint8Array): boolean => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return true;
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return false;
  const head = bytes.subarray(0, 1_000);
  const zeros = (from: number) => head.filter((byte, at) => at % 2 === from && byte === 0).length;
  return zeros(1) > zeros(0);
};

const utf32 = (littleByDefault: boolean) => (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes.length >= 4 && bytes[0] === 0xff && bytes[1] === 0xfe ? true : littleByDefault;
  const parts: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const point = view.getUint32(at, little);
    if (point !== 0xfeff) parts.push(point < 0x110000 ? String.fromCodePoint(point) : '\uFFFD');
  }
  return parts.join('');
};

const B64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 2152. */
const utf7 = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('latin1')
    .replace(/\+([A-Za-z0-9+/]*)-?/g, (_, run: string) => (run === '' ? '+' : utf16OfBase64(run)));

const utf16OfBase64 = (run: string): string => {
  const units: string[] = [];
  let [bits, held] = [0, 0];
  for (const letter of run) {
    held = ((held << 6) | B64.indexOf(letter)) & 0x3fffff;
    bits += 6;
    if (bits >= 16) {
      bits -= 16;
      units.push(String.fromCharCode((held >> bits) & 0xffff));
    }
  }
  return units.join('');
};

/** RFC 1468. A mode that ends where it began is no error here: encoded words, each ended by itself, leave such pairs. */
const iso2022jp = (bytes: Uint8Array): string =>
  decoderOf('iso-2022-jp')!.decode(
    Buffer.from(
      Buffer.from(bytes)
        .toString('latin1')
        .replace(/\x1b(?:\([BHIJ]|\$[@B])(?=\x1b[($])/g, ''),
      'latin1',
    ),
  );

/** RFC 1557: between SO and SI are the 7-bit halves of EUC-KR. */
const iso2022kr = (bytes: Uint8Array): string => {
  const out = Buffer.allocUnsafe(bytes.length);
  let [length, high, at] = [0, 0, 0];
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === 0x1b && bytes[at + 1] === 0x24) at += 4;
    else {
      if (byte === 0x0e) high = 0x80;
      else if (byte === 0x0f) high = 0;
      else out[length++] = byte >= 0x21 ? byte | high : byte;
      at++;
    }
  }
  return decoderOf('euc-kr')!.decode(out.subarray(0, length));
};

/** RFC 1843: between ~{ and ~} are the 7-bit halves of GB 2312. */
const hz = (bytes: Uint8Array): string => {
  const out = Buffer.allocUnsafe(bytes.length);
  let [length, high, at] = [0, 0, 0];
  while (at < bytes.length) {
    const [byte, next] = [bytes[at]!, bytes[at + 1]];
    if (byte === 0x7e && (next === 0x7b || next === 0x7d || next === 0x7e || next === 0x0a)) {
      if (next === 0x7e) out[length++] = 0x7e;
      else high = next === 0x7b ? 0x80 : 0;
      at += 2;
    } else {
      out[length++] = byte >= 0x21 ? byte | high : byte;
      at++;
    }
  }
  return decoderOf('gbk')!.decode(out.subarray(0, length));
};

const SPECIAL: ReadonlyMap<string, (bytes: Uint8Array) => string> = new Map(
  Object.entries({
    'utf-7': utf7,
    'unicode-1-1-utf-7': utf7,
    'utf-16': utf16,
    'utf-32': utf32(false),
    'utf-32be': utf32(false),
    'utf-32le': utf32(true),
    'iso-2022-jp': iso2022jp,
    'iso-2022-jp-1': iso2022jp,
    'iso-2022-jp-2': iso2022jp,
    'iso-2022-jp-3': iso2022jp,
    'iso-2022-jp-2004': iso2022jp,
    'iso-2022-jp-ms': iso2022jp,
    'iso2022-jp': iso2022jp,
    iso2022jp,
    cp50220: iso2022jp,
    cp50221: iso2022jp,
    cp50222: iso2022jp,
    'iso-2022-kr': iso2022kr,
    'hz-gb-2312': hz,
    cp437: (bytes: Uint8Array) => decodeSingleByte(bytes, CP437),
    ibm437: (bytes: Uint8Array) => decodeSingleByte(bytes, CP437),
    cp850: (bytes: Uint8Array) => decodeSingleByte(bytes, CP850),
    ibm850: (bytes: Uint8Array) => decodeSingleByte(bytes, CP850),
  }),
);
