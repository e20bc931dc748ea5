import { createHash, type X509Certificate } from 'node:crypto';
import { isAbsent, type Dns, type TlsaRecord } from '#platform/dns/dns';

const TA = 2;
const EE = 3;

/**
 * What DNSSEC says of a host's certificate (RFC 7672): null where it says nothing; empty where it says that there
 * is TLS and no more. Throws where the answer is withheld: then the host is not to be used.
 */
export const tlsaOf = async (dns: Dns, host: string, port: number): Promise<readonly TlsaRecord[] | null> => {
  try {
    const { records, authenticated } = await dns.resolve(`_${port}._tcp.${host}`, 'TLSA');
    return authenticated ? records.filter(isUsable) : null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
};

const isUsable = ({ usage, selector, matchingType }: TlsaRecord): boolean =>
  (usage === TA || usage === EE) && selector <= 1 && matchingType <= 2;

/** Whether a certificate, or the authority that it says issued it, is one of those that were published. */
export const isPublished = (
  records: readonly TlsaRecord[],
  leaf: X509Certificate,
  host: string,
  now: Date,
): boolean => {
  const chain = chainOf(leaf);
  return records.some((record) => {
    if (record.usage === EE) return matches(record, leaf);
    const anchor = chain.findIndex((certificate, index) => index > 0 && matches(record, certificate));
    return anchor > 0 && leaf.checkHost(host) !== undefined && isSound(chain.slice(0, anchor + 1), now);
  });
};

const matches = (
  { selector, matchingType, certificate }: TlsaRecord,
  candidate: X509Certificate,
): boolean => {
  const selected =
    selector === 0 ? candidate.raw : candidate.publicKey.export({ type: 'spki', format: 'der' });
  const value =
    matchingType === 0
      ? selected
      : createHash(matchingType === 1 ? 'sha256' : 'sha512')
          .update(selected)
          .digest();
  return value.equals(certificate);
};

const chainOf = (leaf: X509Certificate): readonly X509Certificate[] => {
  const chain = [leaf];
  for (let next = leaf.issuerCertificate; next && chain.length < 10; next = next.issuerCertificate) {
    chain.push(next);
    if (next.issuerCertificate === next) break;
  }
  return chain;
};

/** Each signed by the next, that one an authority, and all of them valid now. */
const isSound = (chain: readonly X509Certificate[], now: Date): boolean =>
  chain.every((certificate, index) => {
    const issuer = chain[index + 1];
    const isCurrent = certificate.validFromDate <= now && now <= certificate.validToDate;
    return (
      isCurrent &&
      (!issuer || (issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)))
    );
  });
