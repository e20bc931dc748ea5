import { isIP } from 'node:net';
import { aLabels } from '#mail/address/ascii';

/** An address of the envelope: as it was written, and its parts: local part unquoted, domain in A-labels or `[ip]`. */
export type Address = Readonly<{ text: string; local: string; domain: string }>;

/** `<>` is the null sender; `<Postmaster>` has no domain (RFC 5321 section 4.5.1). */
export type Path = Readonly<{ address: Address | null; parameters: ReadonlyMap<string, string | null> }>;

const ATEXT = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\u{10ffff}-]";
const LOCAL = new RegExp(
  `^(?:${ATEXT}+(?:\\.${ATEXT}+)*|"(?:[\\x20-\\x21\\x23-\\x5b\\x5d-\\x7e\\u0080-\\u{10ffff}]|\\\\[\\x20-\\x7e])*")$`,
  'u',
);
/**
 * RFC 5321 section 4.5.3.1 has senders keep to 64 octets, and receivers set no limit where they can: return paths that
 * tell the recipient, or that were rewritten on the way (SRS), are longer.
 */
const LOCAL_OCTETS = 256;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const SOURCE_ROUTE = /^@[^:"]*:/;
const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e\u0080-\u{10ffff}]+))?$/u;

/**
 * What follows `MAIL FROM:` or `RCPT TO:` (RFC 5321 section 4.1.2; with RFC 6531 in any script).
 * A source route is accepted and ignored; a space before the path, which many send, is overlooked. Malformed: null.
 */
export const parsePath = (text: string): Path | null => {
  const trimmed = text.trim();
  if (!trimmed.startsWith('<')) return null;
  const end = endOfPath(trimmed);
  if (end < 0) return null;
  const parameters = parseParameters(trimmed.slice(end + 1));
  const inner = trimmed.slice(1, end).replace(SOURCE_ROUTE, '');
  if (!parameters) return null;
  if (inner === '') return { address: null, parameters };
  const address = parseAddress(inner);
  return address && { address, parameters };
};

/** Where the `>` is that is not within quotes. */
const endOfPath = (text: string): number => {
  let quoted = false;
  for (let at = 1; at < text.length; at += 1) {
    const char = text[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '>' && !quoted) return at;
  }
  return -1;
};

const parseAddress = (text: string): Address | null => {
  const at = text.lastIndexOf('@');
  const written = at < 0 ? text : text.slice(0, at);
  if (!LOCAL.test(written) || Buffer.byteLength(written) > LOCAL_OCTETS) return null;
  const local = written.startsWith('"') ? written.slice(1, -1).replace(/\\(.)/g, '$1') : written;
  if (at < 0) return local.toLowerCase() === 'postmaster' ? { text, local, domain: '' } : null;
  const domain = parseDomain(text.slice(at + 1));
  return domain === null ? null : { text, local, domain };
};

const parseDomain = (text: string): string | null => {
  if (text.startsWith('[')) {
    const literal = text.slice(1, -1).replace(/^IPv6:/i, '');
    return text.endsWith(']') && isIP(literal) ? `[${literal.toLowerCase()}]` : null;
  }
  // The URL parser would rewrite these into an address or cut them off.
  if (Buffer.byteLength(text) > 255 || /[%/\\?#:@[\]<>^|\s]/.test(text)) return null;
  const domain = aLabels(text).toLowerCase();
  return domain.length > 0 && domain.length <= 253 && domain.split('.').every((label) => LABEL.test(label))
    ? domain
    : null;
};

const parseParameters = (text: string): Map<string, string | null> | null => {
  if (text !== '' && !text.startsWith(' ')) return null;
  const parameters = new Map<string, string | null>();
  for (const word of text.split(' ').filter(Boolean)) {
    const [, keyword, value = null] = PARAMETER.exec(word) ?? [];
    if (!keyword || parameters.has(keyword.toUpperCase())) return null;
    parameters.set(keyword.toUpperCase(), value);
  }
  return parameters;
};
