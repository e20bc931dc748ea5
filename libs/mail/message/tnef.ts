import { decodeCharset } from './charset.js';
import { readCompressedRtf } from './compressed-rtf.js';
import { safeFilename } from './filename.js';
import { bufferOf } from '../bytes.js';
import { MESSAGE_LIMITS } from './limits.js';
import { readRtf } from './rtf.js';

export type TnefAttachment = Readonly<{
  filename: string;
  contentType: string | null;
  contentId: string | null;
  content: Buffer;
}>;

/** What a winmail.dat holds (MS-OXTNEF): the plain or HTML body where the mail itself has none, and the attachments. */
export type Tnef = Readonly<{
  text: string | null;
  html: string | null;
  attachments: readonly TnefAttachment[];
}>;

const SIGNATURE = 0x223e9f78;
const HEADER_LENGTH = 6;

/** Attribute ids without their type. */
const ATTRIBUTE = {
  body: 0x800c,
  attachData: 0x800f,
  attachTitle: 0x8010,
  attachRenderData: 0x9002,
  messageProperties: 0x9003,
  attachProperties: 0x9005,
  codePage: 0x9007,
} as const;

/** MAPI property ids (MS-OXPROPS). */
const PROPERTY = {
  body: 0x1000,
  html: 0x1013,
  rtf: 0x1009,
  displayName: 0x3001,
  data: 0x3701,
  shortName: 0x3704,
  longName: 0x3707,
  mimeType: 0x370e,
  contentId: 0x3712,
} as const;

type Draft = { title: string; data: Buffer | null; properties: ReadonlyMap<number, Buffer | string> };

/**
 * Takes a winmail.dat apart. Every length is checked against what is there, so that a damaged one yields what stands
 * in front of the damage; null where it is no TNEF at all. Contents are views of the given bytes.
 */
export const readTnef = (raw: Uint8Array, depth = 0): Tnef | null => {
  const bytes = bufferOf(raw);
  if (bytes.length < HEADER_LENGTH || bytes.readUInt32LE(0) !== SIGNATURE) return null;
  const drafts: Draft[] = [];
  let [charset, text]: [string, string | null] = ['windows-1252', null];
  let properties: ReadonlyMap<number, Buffer | string> = new Map();

  for (const { id, value } of attributesOf(bytes)) {
    if (id === ATTRIBUTE.attachRenderData) {
      if (drafts.length >= MESSAGE_LIMITS.tnefAttachments) break;
      drafts.push({ title: '', data: null, properties: new Map() });
    }
    const draft = drafts.at(-1);
    if (id === ATTRIBUTE.codePage && value.length >= 4) charset = `windows-${value.readUInt32LE(0)}`;
    else if (id === ATTRIBUTE.body) text = untilNul(decodeCharset(value, charset));
    else if (id === ATTRIBUTE.messageProperties) properties = readProperties(value, charset);
    else if (id === ATTRIBUTE.attachTitle && draft) draft.title = untilNul(decodeCharset(value, charset));
    else if (id === ATTRIBUTE.attachData && draft) draft.data = value;
    else if (id === ATTRIBUTE.attachProperties && draft) draft.properties = readProperties(value, charset);
  }
  const written = properties.get(PROPERTY.html);
  const html = typeof written === 'string' ? written : written ? decodeCharset(written, charset) : null;
  const rich = html === null ? richBody(properties) : null;
  return {
    text: text || textOf(properties.get(PROPERTY.body)) || (rich?.text ?? null),
    html: html ?? rich?.html ?? null,
    attachments: drafts.flatMap((draft, index) => attachmentOf(draft, index, depth)),
  };
};

/** Outlook's own form of a body, which may be the only one. */
const richBody = (properties: ReadonlyMap<number, Buffer | string>) => {
  const compressed = properties.get(PROPERTY.rtf);
  const rtf = Buffer.isBuffer(compressed) ? readCompressedRtf(compressed, MESSAGE_LIMITS.derivedText) : null;
  return rtf === null ? null : readRtf(rtf);
};

const MOST_DEPTH = 5;

const attachmentOf = ({ title, data, properties }: Draft, index: number, depth: number): TnefAttachment[] => {
  const object = properties.get(PROPERTY.data);
  const embedded = Buffer.isBuffer(object) ? object : null;
  const content = data ?? embedded;
  if (!content) return [];
  const named = [PROPERTY.longName, PROPERTY.shortName, PROPERTY.displayName].map((id) => properties.get(id));
  const [longName, ...others] = named.map(textOf);
  const name = safeFilename([longName, title, ...others].find(Boolean) ?? '');
  // Beside a message within, the data are only a sentence for those who cannot read it.
  const message =
    depth < MOST_DEPTH ? ((embedded && readTnef(embedded, depth + 1)) ?? readTnef(content, depth + 1)) : null;
  const opened = message ? [...bodyOf(message, name || `message-${index + 1}`), ...message.attachments] : [];
  if (opened.length > 0) return opened;
  return [
    {
      filename: name || `attachment-${index + 1}.bin`,
      contentType: mediaType(textOf(properties.get(PROPERTY.mimeType))),
      contentId: textOf(properties.get(PROPERTY.contentId))?.replace(/[\s<>]/g, '') || null,
      content,
    },
  ];
};

/** A message within is shown by its body, in front of what is attached to it. */
const bodyOf = ({ text, html }: Tnef, name: string): TnefAttachment[] => {
  const [shown, contentType, extension] =
    html === null ? [text, 'text/plain', 'txt'] : [html, 'text/html', 'html'];
  if (shown === null) return [];
  return [{ filename: `${name}.${extension}`, contentType, contentId: null, content: Buffer.from(shown) }];
};

const textOf = (value: Buffer | string | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

const mediaType = (text: string | null): string | null =>
  text && /^[\w.+-]{1,127}\/[\w.+-]{1,127}$/.test(text) ? text.toLowerCase() : null;

const untilNul = (text: string): string => text.split('\0', 1)[0]!;

/** Level, id and type, length, value, checksum. */
function* attributesOf(bytes: Buffer): Generator<{ id: number; value: Buffer }> {
  let at = HEADER_LENGTH;
  while (at + 9 <= bytes.length) {
    const id = bytes.readUInt16LE(at + 1);
    const length = bytes.readUInt32LE(at + 5);
    const start = at + 9;
    if (length > bytes.length - start) return;
    yield { id, value: bytes.subarray(start, start + length) };
    at = start + length + 2;
  }
}

const STRINGS = new Set([0x001e, 0x001f]);
const VARIABLE = new Set([0x001e, 0x001f, 0x000d, 0x0102]);
const FIXED: Readonly<Record<number, number>> = {
  0x0002: 4,
  0x0003: 4,
  0x0004: 4,
  0x0005: 8,
  0x0006: 8,
  0x0007: 8,
  0x000a: 4,
  0x000b: 4,
  0x0014: 8,
  0x0040: 8,
  0x0048: 16,
};
const MULTIPLE = 0x1000;
const MOST_PROPERTIES = 5_000;

/** The strings and binaries of a property list; the others are passed over (MS-OXTNEF 2.1.3.4). */
const readProperties = (bytes: Buffer, charset: string): Map<number, Buffer | string> => {
  const found = new Map<number, Buffer | string>();
  if (bytes.length < 4) return found;
  const cursor = new Cursor(bytes);
  const count = Math.min(cursor.uint32(), MOST_PROPERTIES);
  for (let index = 0; index < count && !cursor.ended; index++) {
    const [type, id] = [cursor.uint16(), cursor.uint16()];
    if (id >= 0x8000) cursor.skipName();
    const single = type & ~MULTIPLE;
    const many = VARIABLE.has(single) || type !== single;
    const values = many ? Math.min(cursor.uint32(), MOST_PROPERTIES) : 1;
    for (let each = 0; each < values && !cursor.ended; each++) {
      if (!VARIABLE.has(single)) {
        if (FIXED[single] === undefined) return found;
        cursor.skip(FIXED[single]);
        continue;
      }
      const value = cursor.block();
      // Of a name in both forms the one in Unicode counts.
      if (each > 0 || !WANTED.has(id) || (single === 0x001e && found.has(id))) continue;
      // An embedded object begins with the id of its interface.
      if (single === 0x000d) found.set(id, value.subarray(16));
      else found.set(id, STRINGS.has(single) ? stringOf(value, single, charset) : value);
    }
  }
  return found;
};

const WANTED: ReadonlySet<number> = new Set(Object.values(PROPERTY));

const stringOf = (value: Buffer, type: number, charset: string): string =>
  untilNul(type === 0x001f ? value.toString('utf16le') : decodeCharset(value, charset));

/** Reads forward; past the end everything is zero and `ended` says so. */
class Cursor {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  uint16(): number {
    const value = this.at + 2 <= this.bytes.length ? this.bytes.readUInt16LE(this.at) : 0;
    this.at += 2;
    return value;
  }

  uint32(): number {
    const value = this.at + 4 <= this.bytes.length ? this.bytes.readUInt32LE(this.at) : 0;
    this.at += 4;
    return value;
  }

  skip(length: number): void {
    this.at += length;
  }

  /** A length and that many bytes, padded to four. */
  block(): Buffer {
    const length = this.uint32();
    const end = Math.min(this.at + length, this.bytes.length);
    const value = this.bytes.subarray(Math.min(this.at, end), end);
    this.at += length + ((4 - (length % 4)) % 4);
    return value;
  }

  /** The set and the number or name of a named property. */
  skipName(): void {
    this.skip(16);
    if (this.uint32() === 0) this.skip(4);
    else this.block();
  }
}
