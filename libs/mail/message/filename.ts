import { decodeWords } from './encoded-word.js';
import { firstValue, readHeader } from './header.js';
import { contentOf, type Part } from './structure.js';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'text/plain': 'txt',
  'text/html': 'html',
  'text/calendar': 'ics',
  'text/csv': 'csv',
  'text/rfc822-headers': 'txt',
  'message/rfc822': 'eml',
  'message/delivery-status': 'txt',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'video/mp4': 'mp4',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'application/json': 'json',
  'application/pgp-signature': 'asc',
  'application/pkcs7-signature': 'p7s',
  'application/x-pkcs7-signature': 'p7s',
  'application/msword': 'doc',
};

/** What a part is called: as it says, an attached message after its subject, else by its place and type. */
export const filenameOf = (part: Part, place: number): string => {
  const given = [part.disposition?.parameters.get('filename'), part.parameters.get('name')];
  const name = given.map((one) => safeFilename(one ?? '')).find((one) => one !== '');
  if (name !== undefined) return name;
  if (part.contentType === 'message/rfc822') {
    const subject = firstValue(readHeader(contentOf(part)), 'subject');
    const titled = safeFilename(decodeWords(subject ?? '').replace(/[\\/:*?"<>|]+/g, ' '));
    if (titled !== '') return `${titled}.eml`;
  }
  return `attachment-${place}.${EXTENSIONS[part.contentType] ?? 'bin'}`;
};

/** The last element of a path, without what a file system, a header or a reader's eye could take for something else. */
export const safeFilename = (name: string): string => {
  const base = name.slice(-4_000).replace(/^.*[\\/]/s, '');
  const clean = base
    .replace(/[\0-\x1f\x7f-\x9f\u061C\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toWellFormed();
  return /^\.*$/.test(clean) ? '' : shortened(clean);
};

/** At most 150 characters, the extension kept. */
const shortened = (name: string): string => {
  const letters = [...name];
  if (letters.length <= 150) return name;
  const extension = /\.[^. ]{1,12}$/.exec(name)?.[0] ?? '';
  return letters.slice(0, 150 - extension.length).join('') + extension;
};
