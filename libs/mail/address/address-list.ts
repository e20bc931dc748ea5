import { decodeWords } from '../message/encoded-word.js';
import { MESSAGE_LIMITS } from '../message/limits.js';
import type { MailAddress } from '../message/parsed-message.js';
import { parseDomain } from './mailbox.js';

/** A mailbox of an address list; `group`: the name of the group that it is a member of. */
export type ListedAddress = MailAddress & Readonly<{ group: string | null }>;

/**
 * The mailboxes of an unfolded address field (RFC 5322 3.4, RFC 6531): groups opened, comments and routes dropped,
 * encoded words decoded after the list was taken apart. Lenient: what is no address is left out. Linear in time.
 */
export const parseAddresses = (value: string): MailAddress[] =>
  parseAddressList(value).map(({ email, name }) => ({ email, name }));

export const parseAddressList = (value: string): ListedAddress[] => new Reader(value).list();

/** Pieces of one mailbox as they were met. `hasRoute`: what stands in the brackets begins with an at sign. */
type Draft = {
  words: string[];
  angle: string[] | null;
  hasRoute: boolean;
  comments: string[];
  hasAt: boolean;
};
const empty = (): Draft => ({ words: [], angle: null, hasRoute: false, comments: [], hasAt: false });

class Reader {
  private at = 0;
  private readonly found: ListedAddress[] = [];
  private draft: Draft = empty();
  private inAngle = false;
  private group: string | null = null;

  constructor(private readonly text: string) {}

  list(): ListedAddress[] {
    while (this.at < this.text.length && this.found.length < MESSAGE_LIMITS.addresses) this.step();
    this.close();
    return this.found;
  }

  private step(): void {
    const letter = this.text[this.at]!;
    if (letter === '"') return this.put(this.quoted());
    if (letter === '(') return void this.draft.comments.push(this.comment());
    this.at++;
    if (letter === '<' && !this.inAngle && this.draft.angle === null) {
      this.openAngle();
      this.inAngle = true;
    } else if (letter === '>') this.inAngle = false;
    else if (letter === ',' && !this.inRoute()) this.close();
    else if (letter === ';' && !this.inAngle) {
      this.close();
      this.group = null;
    } else if (letter === ':' && this.inAngle) this.openAngle();
    else if (letter === ':' && !this.draft.hasAt && !this.afterMailto()) {
      this.group = phrase(this.draft.words.join(''));
      this.draft = empty();
    } else {
      this.at--;
      this.put(this.plain() || this.text[this.at++]!);
    }
  }

  /** The comma of `<@a,@b:user@c>` (RFC 5322 4.4). */
  private inRoute(): boolean {
    return this.inAngle && this.draft.hasRoute;
  }

  private openAngle(): void {
    this.draft.angle = [];
    this.draft.hasRoute = false;
  }

  private afterMailto(): boolean {
    return /\bmailto$/i.test(this.draft.words.at(-1) ?? '');
  }

  private put(piece: string): void {
    if (piece.includes('@')) this.draft.hasAt = true;
    if (this.inAngle && this.draft.angle!.length === 0)
      this.draft.hasRoute = piece.trimStart().startsWith('@');
    (this.inAngle ? this.draft.angle! : this.draft.words).push(piece);
  }

  /** What follows up to the next character that means something. */
  private plain(): string {
    const start = this.at;
    for (;;) {
      SPECIAL.lastIndex = this.at;
      this.at = SPECIAL.exec(this.text)?.index ?? this.text.length;
      if (this.text[this.at] !== '=') return this.text.slice(start, this.at);
      this.at += this.encodedLength();
    }
  }

  /** An encoded word is one atom, whatever its mailer left unencoded in it. */
  private encodedLength(): number {
    ENCODED.lastIndex = this.at;
    return ENCODED.exec(this.text)?.[0].length ?? 1;
  }

  /** A quoted string as written; one that is never closed goes to the end. */
  private quoted(): string {
    const start = this.at++;
    while (this.at < this.text.length && this.text[this.at] !== '"')
      this.at += this.text[this.at] === '\\' ? 2 : 1;
    this.at = Math.min(this.at + 1, this.text.length);
    return this.text.slice(start, this.at);
  }

  private comment(): string {
    const start = this.at;
    for (let depth = 0; this.at < this.text.length; this.at++) {
      const letter = this.text[this.at];
      if (letter === '\\') this.at++;
      else if (letter === '(') depth++;
      else if (letter === ')' && --depth === 0) break;
    }
    const comment = this.text.slice(start + 1, this.at);
    this.at = Math.min(this.at + 1, this.text.length);
    return comment;
  }

  private close(): void {
    const { draft, group } = this;
    this.draft = empty();
    this.inAngle = false;
    const found = (draft.hasAt ? mailboxOf(draft) : null) ?? (draft.angle ? null : encodedMailbox(draft));
    if (found) this.found.push({ ...found, group });
  }
}

const mailboxOf = ({ angle, words, comments }: Draft): MailAddress | null => {
  const [address, label] = angle ? [angle.join(''), words.join('')] : addressAmong(words.join(''));
  return named(address, phrase(label) || phrase(comments.join(' ')));
};

/** Of those who encode the name and the brackets in one; what has none there is only a name. */
const encodedMailbox = ({ words }: Draft): MailAddress | null => {
  const text = words.join('');
  const [, label, address] = text.includes('=?') ? (WHOLE.exec(decodeWords(text)) ?? []) : [];
  return address === undefined ? null : named(address, phrase(label!));
};

const named = (address: string, name: string): MailAddress | null => {
  const email = tidy(address);
  const isAddress = email.lastIndexOf('@') > 0 && !email.endsWith('@') && email.length <= 1_000;
  return isAddress ? { email, name: name || null } : null;
};

const WHOLE = /^([^<>]*)<([^<>\s]{1,320})>\s*$/;

const ENCODED = /=\?[^?\s]{1,60}\?[bq]\?[^?\s]{0,1000}\?=/iy;
const SPECIAL = /["(<>,;:=]/g;

const WORDS = /(?:"(?:[^"\\]|\\[^])*"?|[^\s"])+/g;

/** The address among words that nobody put brackets around, and the others: `Ann ann@mail.example`. */
const addressAmong = (text: string): [address: string, label: string] => {
  const joined = /\s/.test(text) ? text.replace(/\s+/g, ' ').replace(/ @ ?|@ | \. ?/g, trimmed) : text;
  const words = joined.match(WORDS) ?? [];
  const at = words.findIndex((word) => /[^@]@[^@]/.test(word) && !/^"(?:[^"\\]|\\[^])*"?$/.test(word));
  return at < 0 ? ['', ''] : [words[at]!, words.toSpliced(at, 1).join(' ')];
};
const trimmed = (around: string) => around.trim();

/** Without the white space that old mailers put around dots and the at sign; the domain in its canonical form. */
const tidy = (address: string): string => {
  const text = address
    .trim()
    .replace(/^(?:[[<]+(?:mailto:)?|mailto:)/i, '')
    .replace(/^"(?=[^"@\\]*@)([^"\\]*)"$/, '$1');
  const at = text.lastIndexOf('@');
  if (at < 0) return '';
  const local = text.slice(0, at).trim();
  const domain = domainOf(text.slice(at + 1).replace(/\s+/g, ''));
  const words = decodeWords(local);
  return `${words.startsWith('"') ? unquoteIfPlain(words) : words.replace(/\s+/g, '')}@${domain}`;
};

/** Empty for what is none, even with the brackets of others taken off; a literal (RFC 5321 4.1.3) stays as it is. */
const domainOf = (written: string): string => {
  if (/^\[[\w.:-]+\]$/.test(written)) return written.toLowerCase();
  const bare = written.replace(/[\]>)"']{1,9}$/, '');
  return parseDomain(bare) ?? (/[<>()[\]\\,;:"?=]/.test(bare) ? '' : bare.toLowerCase());
};

const unquoteIfPlain = (local: string): string => {
  const inner = local.slice(1, local.endsWith('"') ? -1 : undefined);
  return ATOMS.test(inner) ? inner : local;
};
const ATOMS = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;

/** A display name: quotation marks and escapes undone, encoded words decoded, on one line. */
const phrase = (text: string): string =>
  decodeWords(text.includes('"') ? unquoted(text) : text)
    .trim()
    .replace(/\s+/g, ' ');

const unquoted = (text: string): string =>
  text.replace(/"((?:[^"\\]|\\[^])*)"?/g, (_, inner: string) => inner.replace(/\\([^])/g, '$1'));
