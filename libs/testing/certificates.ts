import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import {
  bits,
  context,
  ia5,
  integer,
  octets,
  oid,
  sequence,
  set,
  time,
  utf8,
  yes,
} from '#platform/smtp/server/der';

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

type Of = Readonly<{ name: string; isAuthority?: boolean; from?: string; to?: string; by?: Issued }>;

/** `chain`: PEM, this one first, its issuers after it, as a server sends them. */
export type Issued = Readonly<{ chain: string; key: string; certificate: X509Certificate }>;

type Signer = Issued & { readonly privateKey: KeyObject };

/** A certificate for a host or an authority, signed by another, or by itself. */
export const certificate = ({ name, isAuthority = false, from = EARLY, to = LATE, by }: Of): Issued => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = by as Signer | undefined;
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]);
  const toBeSigned = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_WITH_SHA256,
    named(signer?.certificate.subject.replace(/^CN=/, '') ?? name),
    sequence(time(from), time(to)),
    named(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    context(
      3,
      sequence(
        sequence(oid('2.5.29.17'), octets(sequence(ia5(2, name)))),
        sequence(oid('2.5.29.19'), yes, octets(isAuthority ? sequence(yes) : sequence())),
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, signer?.privateKey ?? privateKey);
  const made = new X509Certificate(sequence(toBeSigned, ECDSA_WITH_SHA256, bits(signature)));
  const issued: Signer = {
    chain: made.toString() + (by?.chain ?? ''),
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    certificate: made,
    privateKey,
  };
  return issued;
};

const EARLY = '2020-01-01T00:00:00Z';
const LATE = '9999-12-31T23:59:59Z';

const named = (name: string) => sequence(set(sequence(oid('2.5.4.3'), utf8(name))));
