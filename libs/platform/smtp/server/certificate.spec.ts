import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Refusal } from '#platform/process/refusal';
import { later } from '#platform/time/later';
import { NOW } from '#testing/context';
import { testConfig } from '#testing/test-config';
import { certificate } from './certificate.js';
import { selfSigned } from './self-signed.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'gent-certificate-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const fail = (text: string) => {
  throw new Error(text);
};
const configured = (cert: string, key: string) =>
  testConfig({ dataDir, smtp: { host: '127.0.0.1', port: 0, tls: { cert, key } } });

describe('the certificate of the SMTP server', () => {
  it('of its own is for its name, signed by itself, and for nobody else to read', () => {
    const config = testConfig({ dataDir, mailHostname: 'mx.gent.test' });
    certificate(config, NOW, fail);
    const [pem, key] = ['smtp.pem', 'smtp.key'].map((name) => join(dataDir, name)) as [string, string];
    const made = new X509Certificate(readFileSync(pem));
    expect(made.checkHost('mx.gent.test')).toBe('mx.gent.test');
    expect(made.checkHost('elsewhere.test')).toBeUndefined();
    expect(made.verify(made.publicKey)).toBe(true);
    expect(made.validFromDate.toISOString()).toBe(NOW);
    expect([pem, key].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);

    certificate(config, NOW, fail);
    expect(new X509Certificate(readFileSync(pem)).fingerprint256).toBe(made.fingerprint256);
  });

  it('is the configured one, or the process says what is wrong with it', () => {
    const [cert, key] = [join(dataDir, 'a.pem'), join(dataDir, 'a.key')];
    const absent = join(dataDir, 'absent.pem');
    const pair = selfSigned('mx.company.test', NOW);
    writeFileSync(cert, pair.cert);
    writeFileSync(key, selfSigned('mx.company.test', NOW).key);
    const refused = (...paths: readonly [string, string]) => {
      try {
        certificate(configured(...paths), NOW, fail);
        return null;
      } catch (error) {
        const { name, message, exitStatus } = error as Refusal;
        return `${name} ${exitStatus} ${message}`;
      }
    };
    expect(refused(cert, key)).toMatch(/^Refusal 78 GENT_SMTP_TLS_KEY must name the key of/);
    expect(refused(cert, absent)).toBe(
      'Refusal 78 GENT_SMTP_TLS_KEY must name a PEM file that this user may read (ENOENT)',
    );
    expect(refused(dataDir, key)).toMatch(/^Refusal 78 GENT_SMTP_TLS_CERT .*EISDIR/);
    writeFileSync(key, pair.key);
    expect(refused(key, key)).toMatch(/^Refusal 78 GENT_SMTP_TLS_CERT must name a PEM file that begins/);
    expect(refused(cert, cert)).toMatch(/^Refusal 78 GENT_SMTP_TLS_KEY must name a PEM file with a private/);
    const locked = createPrivateKey(pair.key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    });
    writeFileSync(absent, locked);
    expect(refused(cert, absent)).toMatch(/^Refusal 78 GENT_SMTP_TLS_KEY .* without a passphrase/);
    writeFileSync(absent, '');
    expect(refused(absent, key)).toMatch(/^Refusal 78 GENT_SMTP_TLS_CERT/);
    expect(refused(cert, key)).toBeNull();
  });

  it('is used with a warning while it is not valid', () => {
    const [cert, key] = [join(dataDir, 'a.pem'), join(dataDir, 'a.key')];
    const pair = selfSigned('mx.company.test', NOW);
    writeFileSync(cert, pair.cert);
    writeFileSync(key, pair.key);
    const warnings: string[] = [];
    const before = later(NOW, -1_000);
    certificate(configured(cert, key), before, (text) => warnings.push(text));
    expect(warnings).toEqual([
      expect.stringMatching(/^GENT_SMTP_TLS_CERT is valid from .*: put a current one there$/),
    ]);
  });
});
