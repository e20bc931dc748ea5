import { aLabels } from '../address/ascii.js';
import type { Canonicalization } from './canonical.js';
import type { SignatureType } from './dkim-key.js';
import { entriesOf, parseTagList, withoutSpace, type TagList } from './tag-list.js';

/** What a signature says of itself, in the property types of RFC 8601: of use even where it is not valid. */
export type Claims = Readonly<{ i?: string; s?: string; a?: string; b?: string }>;

/**
 * A DKIM-Signature (RFC 6376 section 3.5). `domain` and `selector`: A-labels in lower case. `signedLength`: of
 * canonical body bytes. `expiresAt`: Unix time in seconds. `unsigned`: the field with an empty `b=`.
 */
export type Signature = Readonly<{
  claims: Claims;
  domain: string;
  selector: string;
  identityDomain: string;
  type: SignatureType;
  headerCanonicalization: Canonicalization;
  bodyCanonicalization: Canonicalization;
  signedFields: readonly string[];
  signedLength: number;
  bodyHash: string;
  value: Buffer;
  expiresAt: number;
  unsigned: string;
}>;

/** `neutral`: it cannot be judged; `policy`: it could, but proves nothing (RFC 8301). */
export type Refused = Readonly<{ claims: Claims; refused: 'neutral' | 'policy' }>;

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})+$`);
const SELECTOR = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const ALGORITHM = /^(rsa|ed25519)-sha(256|1)$/;
const CANONICALIZATION = /^(simple|relaxed)(?:\/(simple|relaxed))?$/;
const TIME = /^\d{1,12}$/;
const LENGTH = /^\d{1,76}$/;
const VALUE = /((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]+/g;
const ATOM = "[\\w!#$%&'*+/=?^`{|}~\\u0080-\\u{10ffff}-]+";
const LOCAL_PART = new RegExp(`^(?:${ATOM}(?:\\.${ATOM})*|"(?:[^"\\\\\\r\\n]|\\\\.)*")?$`, 'u');

/** `raw`: the field as it stands in the message, a character a byte. */
export const parseSignature = (raw: string): Signature | Refused => parsed(raw, false);

/** An ARC-Message-Signature (RFC 8617 section 4.1.2): the same without a version, and `i=` is something else. */
export const parseArcSignature = (raw: string): Signature | Refused => parsed(raw, true);

const parsed = (raw: string, isArc: boolean): Signature | Refused => {
  const colon = raw.indexOf(':') + 1;
  const tags = parseTagList(raw.slice(colon));
  if (!tags) return { claims: {}, refused: 'neutral' };
  const value = withoutSpace(tags.get('b') ?? '');
  const claims = claimsOf(tags, value);
  const algorithm = ALGORITHM.exec((tags.get('a') ?? '').toLowerCase());
  const canonicalization = CANONICALIZATION.exec(withoutSpace(tags.get('c') ?? 'simple').toLowerCase());
  const domain = asciiName(tags.get('d') ?? '');
  const selector = asciiName(tags.get('s') ?? '');
  const identityDomain = isArc ? domain : identityDomainOf(tags.get('i') ?? `@${domain}`);
  const signedFields = entriesOf(tags.get('h') ?? '');
  const isSound =
    (isArc || tags.get('v') === '1') &&
    tags.has('b') &&
    tags.has('bh') &&
    areNames(domain, selector) &&
    isSameOrBelow(identityDomain, domain) &&
    signedFields.includes('from') &&
    (!tags.has('q') || entriesOf(tags.get('q') ?? '').includes('dns/txt')) &&
    LENGTH.test(tags.get('l') ?? '0') &&
    isTimed(tags);
  const isSha1 = algorithm?.[2] === '1';
  if (!isSound || !algorithm || !canonicalization || (isSha1 && algorithm[1] !== 'rsa'))
    return { claims, refused: 'neutral' };
  if (isSha1) return { claims, refused: 'policy' };
  return {
    claims,
    domain,
    selector,
    identityDomain,
    type: algorithm[1] as SignatureType,
    headerCanonicalization: canonicalization[1] as Canonicalization,
    bodyCanonicalization: (canonicalization[2] ?? 'simple') as Canonicalization,
    signedFields,
    signedLength: tags.has('l') ? Number(tags.get('l')) : Infinity,
    bodyHash: withoutSpace(tags.get('bh') ?? ''),
    value: Buffer.from(value, 'base64'),
    expiresAt: tags.has('x') ? Number(tags.get('x')) : Infinity,
    unsigned: raw.slice(0, colon) + withoutValue(raw.slice(colon)),
  };
};

const claimsOf = (tags: TagList, value: string): Claims => {
  const [domain, selector, algorithm] = ['d', 's', 'a'].map((tag) => utf8(tags.get(tag) ?? ''));
  return {
    ...(domain && { i: `@${domain}` }),
    ...(selector && { s: selector }),
    ...(algorithm && { a: algorithm }),
    ...(value && { b: value.slice(0, 8) }),
  };
};

/** `x=` has to be after `t=`. */
const isTimed = (tags: TagList): boolean => {
  const [signedAt, expiresAt] = [tags.get('t'), tags.get('x')];
  if (![signedAt, expiresAt].every((time) => time === undefined || TIME.test(time))) return false;
  return signedAt === undefined || expiresAt === undefined || Number(expiresAt) > Number(signedAt);
};

const areNames = (domain: string, selector: string): boolean =>
  DOMAIN.test(domain) && SELECTOR.test(selector);

/** Where the key is; null where the tags name none. */
export const keyNameOf = (tags: TagList): string | null => {
  const [domain, selector] = [asciiName(tags.get('d') ?? ''), asciiName(tags.get('s') ?? '')];
  return areNames(domain, selector) ? `${selector}._domainkey.${domain}` : null;
};

/** RFC 6376 section 3.7: its own value is not part of what it signs. */
export const withoutValue = (tagList: string): string => tagList.replace(VALUE, '$1');

/** Empty where `i=` names none. It is written as RFC 6376 section 2.11 says. */
const identityDomainOf = (encoded: string): string => {
  const bytes = withoutSpace(encoded).replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  const at = bytes.lastIndexOf('@');
  return at >= 0 && LOCAL_PART.test(utf8(bytes.slice(0, at))) ? asciiName(bytes.slice(at + 1)) : '';
};

const isSameOrBelow = (name: string, domain: string): boolean =>
  name === domain || (name.endsWith(`.${domain}`) && DOMAIN.test(name));

const asciiName = (bytes: string): string => aLabels(utf8(bytes)).toLowerCase();

const utf8 = (bytes: string): string =>
  /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
