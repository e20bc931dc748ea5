import type { Readable } from 'node:stream';
import { applyDecorators, Header, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces, ApiResponse } from '@nestjs/swagger';
import type { Part } from '#platform/vault/blobs';
import { partOf } from './ranges.js';
import { Refuses } from './refuses.js';

type File = Readonly<{ content: Readable; filename: string; contentType: string; size?: number }>;

const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/i;

/** Bytes from outside: saved, never shown, whatever they say they are. */
export const Downloads = (contentType: string) =>
  applyDecorators(
    Header('x-content-type-options', 'nosniff'),
    Header('content-security-policy', "sandbox; default-src 'none'"),
    ApiProduces(contentType),
    ApiOkResponse({ schema: { type: 'string', format: 'binary' } }),
  );

/** As `Downloads`, of what is `Parted`. */
export const PartedDownloads = (contentType: string) =>
  applyDecorators(
    Downloads(contentType),
    ApiHeader({
      name: 'Range',
      required: false,
      description: 'A part: `bytes=0-499`, `bytes=500-`, `bytes=-500`',
    }),
    ApiResponse({ status: 206, description: 'The part', schema: { type: 'string', format: 'binary' } }),
    Refuses('range-not-satisfiable'),
  );

export const download = ({ content, filename, contentType, size }: File): StreamableFile =>
  new StreamableFile(content, {
    type: MEDIA_TYPE.test(contentType) ? contentType : 'application/octet-stream',
    disposition: dispositionOf(filename),
    ...(size !== undefined && { length: size }),
  });

type Whole = Omit<File, 'content'> & Readonly<{ size: number; open(part?: Part): Promise<Readable> }>;

/** A download of which a part may be asked for: `Answers` finds which. */
export class Parted {
  constructor(private readonly file: Whole) {}

  /** `range`: the header, if it counts. Throws `range-not-satisfiable`. */
  async answer(range: string | undefined) {
    const { size, open, ...file } = this.file;
    const part = range === undefined ? null : partOf(range, size);
    const headers = {
      'accept-ranges': 'bytes',
      ...(part && { 'content-range': `bytes ${part.from}-${part.to - 1}/${size}` }),
    };
    const length = part ? part.to - part.from : size;
    const body = download({ ...file, content: await open(part ?? undefined), size: length });
    return { status: part ? 206 : 200, headers, body };
  }
}

/** RFC 6266: a plain name for everybody, and for those who know RFC 8187 the real one. No path, no line break. */
export const dispositionOf = (filename: string): string => {
  const name = lastPart(filename.toWellFormed()).slice(0, 200).toWellFormed() || 'attachment';
  const plain = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"${plain === name ? '' : `; filename*=UTF-8''${encoded}`}`;
};

const lastPart = (path: string): string =>
  (path.split(/[/\\]/).at(-1) ?? '')
    .replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .replace(/^\.+$/, '');
