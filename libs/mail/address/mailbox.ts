import { aLabels } from './ascii.js';

/** An address in its canonical form: `local` unquoted where it can be, `domain` in lower-case A-labels. */
export type Mailbox = Readonly<{ email: string; local: string; domain: string }>;

const ATEXT = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\u{10ffff}-]";
const DOT_ATOM = new RegExp(`^${ATEXT}+(?:\\.${ATEXT}+)*$`, 'u');
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\u{10ffff}]|\\[\x20-\x7e])*)"$/u;
const LABEL = '(?!-)[a-z0-9-]{1,63}(?<!-)';
/** Two labels at least, and the last one no number. */
const NAME = new RegExp(`^(?:${LABEL}\\.)+(?!\\d+$)${LABEL}$`);

/**
 * Reads one address as it is typed or stored (RFC 5321 4.1.2, RFC 6531): no display name, no comment, no address
 * literal. Null where it is not one, or longer than the protocol allows.
 */
export const parseMailbox = (text: string): Mailbox | null => {
  if (text.length > 1_000) return null;
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = at < 1 ? null : parseLocal(trimmed.slice(0, at).normalize('NFC'));
  const domain = parseDomain(trimmed.slice(at + 1));
  return local === null || domain === null ? null : { email: `${local}@${domain}`, local, domain };
};

/** The canonical form of an address from a header, or the address as it is where it has none. */
export const canonicalAddress = (email: string): string => parseMailbox(email)?.email ?? email;

/** Without the tag of plus addressing: `ann+news@example.org` is `ann@example.org`, if that is an address. */
export const withoutTag = (email: string): string => {
  const at = email.lastIndexOf('@');
  const plus = email.indexOf('+');
  const isTagged = plus > 0 && plus < at && !email.startsWith('"') && email[plus - 1] !== '.';
  return isTagged ? email.slice(0, plus) + email.slice(at) : email;
};

const parseLocal = (text: string): string | null => {
  if (Buffer.byteLength(text) > 64 || !text.isWellFormed() || /[\x00-\x1f\x7f-\x9f]/.test(text)) return null;
  const inner = QUOTED.exec(text)?.[1]?.replace(/\\(.)/g, '$1');
  if (inner === undefined) return DOT_ATOM.test(text) ? text : null;
  return DOT_ATOM.test(inner) ? inner : `"${inner.replace(/["\\]/g, '\\$&')}"`;
};

/** A host name in lower-case A-labels (RFC 5891); null for what is none. */
export const parseDomain = (text: string): string | null => {
  // The URL parser would cut these off or make an address of them.
  if (text === '' || Buffer.byteLength(text) > 1_000 || /[%/\\?#:@[\]<>^|\s]/.test(text)) return null;
  const domain = aLabels(text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase();
  return domain.length <= 253 && NAME.test(domain) ? domain : null;
};
