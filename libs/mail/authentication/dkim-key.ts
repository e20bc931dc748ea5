import { createPublicKey, type KeyObject } from 'node:crypto';
import { remembered } from './remembered.js';
import { entriesOf, parseTagList } from './tag-list.js';

export type SignatureType = 'rsa' | 'ed25519';

/** `isExact`: the signer's identity may be at the domain only, not below it (`t=s`). */
export type DkimKey = Readonly<{ type: SignatureType; key: KeyObject; isExact: boolean }>;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const RSA_BITS = { least: 1024, most: 8192 };
const LARGEST_EXPONENT = 2n ** 32n;
const ED25519_BYTES = 32;

/**
 * The key in a TXT record at `<selector>._domainkey.<domain>` (RFC 6376 section 3.6.1, RFC 8463). `weak`: RSA of less
 * than 1024 bits (RFC 8301); `unusable`: revoked, for another purpose, or no key.
 */
export const dkimKeyOf = remembered((record: string): DkimKey | 'weak' | 'unusable' => {
  const tags = parseTagList(record.replace(/\s+/g, '').replace(/;{2,}/g, ';'));
  if (!tags || !/^dkim1$/i.test(tags.get('v') ?? 'DKIM1')) return 'unusable';
  const isFor = (tag: string, ...wanted: readonly string[]) =>
    !tags.has(tag) || entriesOf(tags.get(tag) ?? '').some((entry) => wanted.includes(entry));
  const type = (tags.get('k') ?? 'rsa').toLowerCase();
  const encoded = tags.get('p') ?? '';
  if (!isFor('s', 'email', '*') || !isFor('h', 'sha256') || !BASE64.test(encoded)) return 'unusable';
  const isExact = entriesOf(tags.get('t') ?? '').includes('s');
  const bytes = Buffer.from(encoded, 'base64');
  if (type === 'ed25519') {
    const key = bytes.length === ED25519_BYTES ? ed25519(bytes) : null;
    return key ? { type, key, isExact } : 'unusable';
  }
  const key = type === 'rsa' ? rsa(bytes) : null;
  const { modulusLength: bits = Infinity, publicExponent = 0n } = key?.asymmetricKeyDetails ?? {};
  if (!key || bits > RSA_BITS.most || publicExponent > LARGEST_EXPONENT) return 'unusable';
  return bits < RSA_BITS.least ? 'weak' : { type: 'rsa', key, isExact };
});

const ed25519 = (bytes: Buffer): KeyObject | null =>
  orNull(() =>
    createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') },
      format: 'jwk',
    }),
  );

/** The RFC wants an RSAPublicKey, everybody publishes a SubjectPublicKeyInfo. */
const rsa = (key: Buffer): KeyObject | null => {
  const found =
    orNull(() => createPublicKey({ key, format: 'der', type: 'spki' })) ??
    orNull(() => createPublicKey({ key, format: 'der', type: 'pkcs1' }));
  return found?.asymmetricKeyType === 'rsa' ? found : null;
};

const orNull = <T>(make: () => T): T | null => {
  try {
    return make();
  } catch {
    return null;
  }
};
