import { aLabels } from '../address/ascii.js';
import type { MailAddress } from './parsed-message.js';

/** The line that is aimed at, and what RFC 5322 section 2.1.1 allows, without line ends. */
const LINE = 76;
const WORD = 75;

/** What would end a header field, or the whole header, or hide in it: never part of a value. */
const FORBIDDEN = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;

export class UnsafeHeader extends Error {
  override readonly name = 'UnsafeHeader';

  constructor(readonly field: string) {
    super(`${field} holds a control character`);
  }
}

/** Whether a value of ours may stand in a header at all. */
export const isHeaderSafe = (value: string): boolean => !FORBIDDEN.test(value);

/** A stranger's value as it may stand in a header of ours: each run of what may not is a space. */
export const headerSafe = (value: string): string =>
  isHeaderSafe(value) ? value : value.replace(new RegExp(`${FORBIDDEN.source}+`, 'g'), ' ').trim();

const safe = (field: string, value: string): string => {
  if (!isHeaderSafe(value)) throw new UnsafeHeader(field);
  return value.toWellFormed();
};

/** One field, folded between the given pieces where a line would become too long; with its line end. */
export const headerField = (name: string, pieces: readonly string[]): string => {
  let out = `${name}:`;
  let width = out.length;
  for (const [index, piece] of pieces.entries()) {
    safe(name, piece);
    const bytes = Buffer.byteLength(piece);
    // A fold right after the name would leave a line of nothing but white space to some readers.
    const folds = index > 0 && width + 1 + bytes > LINE;
    out += folds ? `\r\n ${piece}` : ` ${piece}`;
    width = folds ? 1 + bytes : width + 1 + bytes;
  }
  return `${out}\r\n`;
};

/** Unstructured text (RFC 2047): as it is, if every reader gets it back as it is, else in encoded words. */
export const textPieces = (field: string, text: string): readonly string[] => {
  const value = safe(field, text);
  const words = value.split(' ');
  const isPlain = /^[\x20-\x7e]*$/.test(value) && !value.includes('=?');
  if (isPlain && words.every(({ length }) => length > 0 && length < WORD)) return words;
  return value === '' ? [] : encodedWords(value);
};

/** `"Ann" <ann@example.org>, …`, each address in a piece of its own, its domain in A-labels. */
export const addressPieces = (field: string, addresses: readonly MailAddress[]): readonly string[] =>
  addresses.flatMap(({ email, name }, index) => {
    const comma = index < addresses.length - 1 ? ',' : '';
    const address = addrSpec(safe(field, email));
    if (!name) return [`${address}${comma}`];
    return [...phrase(field, name), `<${address}>${comma}`];
  });

/** RFC 2231: `name="value"`, or where that cannot be, percent-encoded and in numbered sections. */
export const parameterPieces = (name: string, value: string): readonly string[] => {
  const clean = safe(name, value);
  if (/^[\x20-\x7e]{1,50}$/.test(clean)) return [`${name}=${quoted(clean)}`];
  const encoded = [...clean].map((character) => percent(character));
  const sections: string[] = [];
  let section = `utf-8''`;
  for (const character of encoded) {
    if (section.length + character.length > 50) {
      sections.push(section);
      section = '';
    }
    section += character;
  }
  sections.push(section);
  if (sections.length === 1) return [`${name}*=${section}`];
  return sections.map((each, index) => `${name}*${index}*=${each}${index < sections.length - 1 ? ';' : ''}`);
};

/** Its domain in A-labels; the part before it is the receiver's own and stays. */
const addrSpec = (email: string): string => {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, at)}@${aLabels(email.slice(at + 1))}`;
};

const phrase = (field: string, name: string): readonly string[] => {
  const value = safe(field, name);
  if (/^[\x20-\x7e]{1,70}$/.test(value) && !value.includes('=?')) return [quoted(value)];
  return encodedWords(value);
};

const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;

const percent = (character: string): string =>
  /[A-Za-z0-9._-]/.test(character)
    ? character
    : [...Buffer.from(character, 'utf8')]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join('');

/** In B (shorter for all but western scripts) or Q, never cutting a character in two. */
const encodedWords = (value: string): readonly string[] => {
  const bytes = Buffer.from(value, 'utf8');
  const q = [...value].map(qEncoded);
  const useB = q.join('').length > Math.ceil(bytes.length / 3) * 4;
  const room = WORD - '=?utf-8?B?'.length - '?='.length;
  const words: string[] = [];
  let word = '';
  const size = (text: string) => (useB ? Math.ceil(Buffer.byteLength(text) / 3) * 4 : qOf(text).length);
  for (const character of value) {
    if (word && size(word + character) > room) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((each) =>
    useB ? `=?utf-8?B?${Buffer.from(each, 'utf8').toString('base64')}?=` : `=?utf-8?Q?${qOf(each)}?=`,
  );
};

const qOf = (text: string): string => [...text].map(qEncoded).join('');

/** The safe set of RFC 2047 section 5 (3), which holds within a phrase too. */
const qEncoded = (character: string): string => {
  if (character === ' ') return '_';
  if (/[A-Za-z0-9!*+/-]/.test(character)) return character;
  return [...Buffer.from(character, 'utf8')]
    .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
};
