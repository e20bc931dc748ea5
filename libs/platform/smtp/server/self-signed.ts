import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { bits, context, ia5, integer, octets, oid, sequence, set, time, utf8, yes } from './der.js';

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const COMMON_NAME = oid('2.5.4.3');
const SUBJECT_ALT_NAME = oid('2.5.29.17');
const BASIC_CONSTRAINTS = oid('2.5.29.19');
/** RFC 5280 section 4.1.2.5: the date for a certificate without an expiry. */
const NEVER = '9999-12-31T23:59:59Z';

export type PemPair = Readonly<{ cert: string; key: string }>;

/**
 * A key (P-256) and a certificate that it signed itself (RFC 5280): encryption against who only listens, which is
 * what STARTTLS between mail servers gives anyway. `from`: ISO 8601, UTC.
 */
export const selfSigned = (hostname: string, from: string): PemPair => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(COMMON_NAME, utf8(hostname.slice(0, 64)))));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const toBeSigned = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(from), time(NEVER)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    context(
      3,
      sequence(
        sequence(SUBJECT_ALT_NAME, octets(sequence(ia5(2, hostname)))),
        sequence(BASIC_CONSTRAINTS, yes, octets(sequence(yes))),
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  return {
    cert: pem('CERTIFICATE', sequence(toBeSigned, ECDSA_WITH_SHA256, bits(signature))),
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
};

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;
