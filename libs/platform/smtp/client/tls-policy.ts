import type { ConnectionOptions } from 'node:tls';
import type { Dns } from '#platform/dns/dns';
import type { SmtpConnection } from './connection.js';
import { ConnectionLost } from './connection.js';
import { isPublished, tlsaOf } from './dane.js';
import { isListed, type StsPolicy } from './mta-sts.js';
import type { Host } from './route.js';

/**
 * How one host is to be spoken to. `isRequired`: rather not at all than in clear. `verify`: after the handshake;
 * whether the peer has proved who it is, and an error where it had to and did not.
 */
export type TlsPolicy = Readonly<{
  isRequired: boolean;
  options: ConnectionOptions;
  verify: (connection: SmtpConnection) => boolean;
}>;

const isAuthorized = ({ tls }: SmtpConnection): boolean => tls?.authorized === true;

/** DANE where it is published, else MTA-STS, else whatever TLS there is. Throws `ConnectionLost` for a host to skip. */
export const tlsPolicyFor = async (
  { name, isVouched }: Host,
  {
    dns,
    port,
    sts,
    trust,
    now,
  }: Readonly<{
    dns: Dns;
    port: number;
    sts: StsPolicy | null;
    trust: Pick<ConnectionOptions, 'ca'>;
    now: () => Date;
  }>,
): Promise<TlsPolicy> => {
  const options: ConnectionOptions = { ...trust, servername: name, rejectUnauthorized: false };
  const published = isVouched ? await tlsaOf(dns, name, port).catch(() => withheld()) : null;
  if (published)
    return {
      isRequired: true,
      options,
      verify: ({ tls }) => {
        if (published.length === 0) return false;
        const leaf = tls?.getPeerX509Certificate();
        if (leaf && isPublished(published, leaf, name, now())) return true;
        throw new ConnectionLost('tls', 'its certificate is not the one that its DANE records name');
      },
    };
  if (sts?.mode !== 'enforce') return { isRequired: false, options, verify: isAuthorized };
  if (!isListed(sts, name))
    throw new ConnectionLost('tls', 'the MTA-STS policy of its domain does not name this host');
  return {
    isRequired: true,
    options,
    verify: (connection) => {
      if (isAuthorized(connection)) return true;
      throw new ConnectionLost('tls', 'its certificate does not prove who it is, as MTA-STS demands');
    },
  };
};

const withheld = (): never => {
  throw new ConnectionLost('tls', 'its DANE records are withheld');
};
