import { hash, verify } from 'node:crypto';
import { BodyHash, canonicalField } from './canonical.js';
import { dkimKeyOf, type DkimKey } from './dkim-key.js';
import type { DkimField, DkimHeader } from './dkim-message.js';
import { parseSignature, type Claims, type Refused, type Signature } from './dkim-signature.js';

/** In the words of RFC 8601 section 2.7.1; `weak`: why it is `policy` (RFC 8301). */
export type DkimResult = Readonly<{
  result: 'pass' | 'fail' | 'policy' | 'neutral' | 'temperror';
  claims: Claims;
  weak?: 'key' | 'algorithm';
  /** In A-labels. */
  domain: string | null;
}>;

/** The TXT record at a name, null where there is none; rejects where that cannot be found out. */
export type FindKeyRecord = (name: string) => Promise<string | null>;

/** Hashes the body once for all signatures that see it alike. */
export class Bodies {
  private readonly hashes = new Map<string, BodyHash>();
  private readonly digests = new Map<string, string>();

  constructor(signatures: readonly (Signature | Refused)[]) {
    for (const signature of signatures)
      if (!('refused' in signature)) {
        const { bodyCanonicalization, signedLength } = signature;
        this.hashes.set(viewOf(signature), new BodyHash(bodyCanonicalization, signedLength));
      }
  }

  get isWanted(): boolean {
    return this.hashes.size > 0;
  }

  update(bytes: Uint8Array): void {
    for (const body of this.hashes.values()) body.update(bytes);
  }

  hashFor(signature: Signature): string {
    const view = viewOf(signature);
    const digest = this.digests.get(view) ?? this.hashes.get(view)?.digest() ?? '';
    this.digests.set(view, digest);
    return digest;
  }
}

const viewOf = ({ bodyCanonicalization, signedLength }: Signature): string =>
  `${bodyCanonicalization} ${signedLength}`;

export const signaturesOf = ({ fields }: DkimHeader): readonly (Signature | Refused)[] =>
  fields.filter(({ name }) => name === 'dkim-signature').map(({ raw }) => parseSignature(raw));

/** One signature of a message (RFC 6376 section 6.1). `now`: Unix time in seconds. */
export const verifySignature = async (
  signature: Signature | Refused,
  { fields }: DkimHeader,
  bodies: Bodies,
  findRecord: FindKeyRecord,
  now: number,
): Promise<DkimResult> => {
  const { claims } = signature;
  if ('refused' in signature) {
    const { refused: result } = signature;
    return { claims, domain: null, result, ...(result === 'policy' && { weak: 'algorithm' }) };
  }
  const { domain, selector } = signature;
  if (bodies.hashFor(signature) !== signature.bodyHash) return { claims, domain, result: 'fail' };
  const found = await findRecord(`${selector}._domainkey.${domain}`).then(
    (record) => (record === null ? 'unusable' : dkimKeyOf(record)),
    () => 'unknown' as const,
  );
  if (found === 'unknown') return { claims, domain, result: 'temperror' };
  if (found === 'weak') return { claims, domain, result: 'policy', weak: 'key' };
  if (found === 'unusable' || !isKeyFor(signature, found)) return { claims, domain, result: 'neutral' };
  if (!isSignedBy(signature, signedData(signature, fields), found)) return { claims, domain, result: 'fail' };
  return { claims, domain, result: signature.expiresAt < now ? 'neutral' : 'pass' };
};

const isKeyFor = ({ type, identityDomain, domain }: Signature, key: DkimKey): boolean =>
  key.type === type && (!key.isExact || identityDomain === domain);

export const isSignedBy = (
  { type, value }: Pick<Signature, 'type' | 'value'>,
  data: Buffer,
  { key }: DkimKey,
): boolean =>
  type === 'rsa'
    ? verify('sha256', data, key, value)
    : verify(null, hash('sha256', data, 'buffer'), key, value);

/** RFC 6376 section 3.7. Of several fields of a name the last one first; what is not there is signed as absent. */
const signedData = (
  { signedFields, headerCanonicalization, unsigned }: Signature,
  fields: readonly DkimField[],
): Buffer => {
  const left = new Map<string, string[]>();
  for (const { name, raw } of fields) {
    const known = left.get(name);
    if (known) known.push(raw);
    else left.set(name, [raw]);
  }
  const chosen = signedFields.flatMap((name) => left.get(name)?.pop() ?? []);
  const lines = [...chosen, unsigned].map((raw) => canonicalField(raw, headerCanonicalization));
  return Buffer.from(lines.join('\r\n'), 'latin1');
};
