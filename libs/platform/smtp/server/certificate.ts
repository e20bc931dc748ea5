import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Config } from '#platform/config/config';
import { Refusal } from '#platform/process/refusal';
import { selfSigned, type PemPair } from './self-signed.js';

/** What STARTTLS shows: the configured pair, else one of our own, made at first boot. Throws `Refusal`. */
export const certificate = ({ smtp, dataDir, mailHostname }: Config, now: string): SecureContext => {
  const pair = smtp.tls ? configured(smtp.tls) : ownPair(dataDir, mailHostname, now);
  try {
    return createSecureContext({ ...pair, minVersion: 'TLSv1.2' });
  } catch (error) {
    const { message } = error as Error;
    throw new Refusal(`The SMTP certificate and its key cannot be used: ${message}`);
  }
};

const configured = ({ cert, key }: PemPair): PemPair => {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new Refusal(`The SMTP certificate cannot be read: ${(error as Error).message}`);
    }
  };
  return { cert: read(cert), key: read(key) };
};

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
  return configured({ cert, key });
};
