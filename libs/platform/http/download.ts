import type { Readable } from 'node:stream';
import { applyDecorators, Header, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';

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

export const download = ({ content, filename, contentType, size }: File): StreamableFile =>
  new StreamableFile(content, {
    type: MEDIA_TYPE.test(contentType) ? contentType : 'application/octet-stream',
    disposition: dispositionOf(filename),
    ...(size !== undefined && { length: size }),
  });

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
