import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NOW } from '#testing/context';
import { testConfig } from '#testing/test-config';
import { certificate } from './certificate.js';
import { selfSigned } from './self-signed.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'gent-certificate-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const configured = (cert: string, key: string) =>
  testConfig({ dataDir, smtp: { host: '127.0.0.1', port: 0, tls: { cert, key } } });

describe('the certificate of the SMTP server', () => {
  it('of its own is for its name, signed by itself, and for nobody else to read', () => {
    const config = testConfig({ dataDir, mailHostname: 'mx.gent.test' });
    certificate(config, NOW);
    const [pem, key] = ['smtp.pem', 'smtp.key'].map((name) => join(dataDir, name)) as [string, string];
    const made = new X509Certificate(readFileSync(pem));
    expect(made.checkHost('mx.gent.test')).toBe('mx.gent.test');
    expect(made.checkHost('elsewhere.test')).toBeUndefined();
    expect(made.verify(made.publicKey)).toBe(true);
    expect(made.validFromDate.toISOString()).toBe(NOW);
    expect([pem, key].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);

    certificate(config, NOW);
    expect(new X509Certificate(readFileSync(pem)).fingerprint256).toBe(made.fingerprint256);
  });

  it('is the configured one, or the process says what is wrong with it', () => {
    const [cert, key] = [join(dataDir, 'a.pem'), join(dataDir, 'a.key')];
    const pair = selfSigned('mx.company.test', NOW);
    writeFileSync(cert, pair.cert);
    writeFileSync(key, selfSigned('mx.company.test', NOW).key);
    const refused = (paths: readonly [string, string]) => {
      try {
        certificate(configured(...paths), NOW);
        return null;
      } catch (error) {
        return (error as Error).name;
      }
    };
    expect(refused([cert, key])).toBe('Refusal');
    expect(refused([cert, join(dataDir, 'absent.key')])).toBe('Refusal');
    writeFileSync(key, pair.key);
    expect(refused([cert, key])).toBeNull();
  });
});
