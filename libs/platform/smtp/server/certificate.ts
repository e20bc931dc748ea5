import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Config } from '#platform/config/config';
import { BAD_CONFIGURATION, Refusal, systemCode } from '#platform/process/refusal';
import { selfSigned, type PemPair } from './self-signed.js';

/**
 * What STARTTLS shows: the configured pair, else one of our own, made at first boot. Throws `Refusal`. `warn` hears
 * of one that is not valid at `now`: most senders take it all the same.
 */
export const certificate = (
  { smtp, dataDir, mailHostname }: Config,
  now: string,
  warn: (text: string) => void,
): SecureContext => {
  const pair = smtp.tls ? configured(smtp.tls) : ownPair(dataDir, mailHostname, now);
  if (smtp.tls) checkDates(pair, now, warn);
  try {
    return createSecureContext({ ...pair, minVersion: 'TLSv1.2' });
  } catch (error) {
    const whose = smtp.tls
      ? 'The files of GENT_SMTP_TLS_CERT and GENT_SMTP_TLS_KEY cannot be used'
      : 'smtp.pem and smtp.key in the data folder cannot be used, remove both and they are made anew';
    throw refusal(`${whose}: ${(error as Error).message}`);
  }
};

const configured = (paths: PemPair): PemPair => {
  const cert = read('GENT_SMTP_TLS_CERT', paths.cert);
  const key = read('GENT_SMTP_TLS_KEY', paths.key);
  const shown = parsed(() => new X509Certificate(cert));
  if (!shown) throw refusal('GENT_SMTP_TLS_CERT must name a PEM file that begins with a certificate');
  const secret = parsed(() => createPrivateKey(key));
  if (!secret)
    throw refusal('GENT_SMTP_TLS_KEY must name a PEM file with a private key, without a passphrase');
  if (!shown.checkPrivateKey(secret))
    throw refusal('GENT_SMTP_TLS_KEY must name the key of the first certificate in GENT_SMTP_TLS_CERT');
  return { cert, key };
};

/** Neither the path nor what is there is said: somebody may have put the key itself in the setting. */
const read = (setting: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error) ?? 'unknown';
    throw refusal(`${setting} must name a PEM file that this user may read (${code})`);
  }
};

const parsed = <T>(parse: () => T): T | null => {
  try {
    return parse();
  } catch {
    return null;
  }
};

const checkDates = ({ cert }: PemPair, now: string, warn: (text: string) => void) => {
  const { validFromDate: from, validToDate: to } = new X509Certificate(cert);
  const at = new Date(now);
  if (at < from || at > to)
    warn(
      `GENT_SMTP_TLS_CERT is valid from ${from.toISOString()} to ${to.toISOString()}, not now: put a current one there`,
    );
};

const refusal = (message: string) => new Refusal(message, BAD_CONFIGURATION);

/** Without a data folder (stores in memory) it lasts as long as the process. */
const ownPair = (dataDir: string, hostname: string, now: string): PemPair => {
  if (!dataDir) return selfSigned(hostname, now);
  const [cert, key] = [join(dataDir, 'smtp.pem'), join(dataDir, 'smtp.key')];
  if (!existsSync(cert) || !existsSync(key)) {
    const made = selfSigned(hostname, now);
    for (const [path, content] of [
      [key, made.key],
      [cert, made.cert],
    ] as const) {
      writeFileSync(path, content, { mode: 0o600 });
      // An older file keeps its mode.
      chmodSync(path, 0o600);
    }
  }
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
};
