import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseConfig } from './parse-config.js';

const mistakesOf = (env: Record<string, string>): readonly string[] => {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    return (error as { mistakes: string[] }).mistakes;
  }
};

describe('the configuration', () => {
  it('is complete without any variable', () => {
    expect(parseConfig({})).toMatchObject({
      production: false,
      dataDir: './data',
      http: { host: '127.0.0.1', port: 3000 },
      smtp: { host: '127.0.0.1', port: 2525, tls: null },
      publicUrl: 'http://127.0.0.1:3000',
      outbound: 'direct',
      sandbox: true,
      owner: null,
      clockOffsetMs: 0,
      signup: 'invite',
      eventStore: { url: 'embedded', host: '127.0.0.1', port: 2113 },
      mongodbUrl: 'embedded',
    });
  });

  it('is read from the variables', () => {
    const env = {
      GENT_HTTP_PORT: '8080',
      GENT_SMTP_TLS_CERT: 'a.pem',
      GENT_SMTP_TLS_KEY: 'a.key',
      GENT_DNS_SERVERS: '192.0.2.1:5353, 2001:db8::1,[2001:db8::1]:53',
      GENT_PUBLIC_URL: 'https://mail.example/',
      GENT_OUTBOUND: 'relay',
      GENT_SMTP_RELAY_URL: 'smtps://me:secret@relay.example:465',
      GENT_CLOCK_OFFSET: '-P1DT1H',
      GENT_SANDBOX: 'false',
      GENT_LOG_LEVEL: '',
    };
    expect(parseConfig(env)).toMatchObject({
      http: { port: 8080 },
      smtp: { tls: { cert: 'a.pem', key: 'a.key' } },
      dnsServers: ['192.0.2.1:5353', '2001:db8::1', '[2001:db8::1]:53'],
      publicUrl: 'https://mail.example',
      clockOffsetMs: -25 * 3_600_000,
      sandbox: false,
      logLevel: 'info',
    });
    expect(parseConfig({ GENT_HTTP_PORT: '8080' }).publicUrl).toBe('http://127.0.0.1:8080');
  });

  it.each([
    ['GENT_HTTP_PORT', '65536'],
    ['GENT_HTTP_PORT', '80.5'],
    ['GENT_SMTP_PORT', 'smtp'],
    ['GENT_HTTP_HOST', 'not a host'],
    ['GENT_OUTBOUND', 'pigeon'],
    ['GENT_SIGNUP', 'closed'],
    ['GENT_SANDBOX', 'yes'],
    ['GENT_LOG_LEVEL', 'loud'],
    ['GENT_CLOCK_OFFSET', '3 days'],
    ['GENT_CLOCK_OFFSET', 'P'],
    ['GENT_DNS_SERVERS', 'dns.example'],
    ['GENT_DNS_SERVERS', '192.0.2.1:0'],
    ['GENT_DNS_SERVERS', '192.0.2.1,'],
    ['GENT_EVENTSTORE_URL', 'http://127.0.0.1'],
    ['GENT_MONGODB_URL', 'postgres://127.0.0.1'],
    ['GENT_PUBLIC_URL', 'mail.example'],
    ['GENT_PUBLIC_URL', 'https://me:secret@mail.example'],
    ['GENT_PUBLIC_URL', 'https://mail.example/?a=b'],
    ['GENT_PUBLIC_URL', 'https://mail.example/#a'],
    ['GENT_SMTP_RELAY_URL', 'https://relay.example'],
    ['GENT_MAIL_HOSTNAME', 'mx_.example.'],
    ['GENT_MASTER_KEY', 'short'],
    ['GENT_HTPT_PORT', '3000'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(mistakesOf({ [name]: value })).toEqual([expect.stringContaining(name)]);
  });

  it('names every mistake in one list, and quotes none of the values', () => {
    const mistakes = mistakesOf({
      GENT_HTTP_PORT: 'x',
      GENT_OWNER_EMAIL: 'me@here.example',
      GENT_OWNER_PASSWORD: 'secret',
      GENT_SMTP_TLS_CERT: 'a.pem',
      GENT_OUTBOUND: 'relay',
      GENT_WHATEVER: '1',
    });
    expect(mistakes).toHaveLength(5);
    expect(mistakes.join()).not.toContain('secret');
  });

  it('is stricter in production', () => {
    const NODE_ENV = 'production';
    const GENT_MASTER_KEY = 'a'.repeat(32);
    expect(parseConfig({ NODE_ENV, GENT_MASTER_KEY })).toMatchObject({
      production: true,
      sandbox: false,
      eventStore: { port: 0 },
    });
    const mistakes = mistakesOf({ NODE_ENV, GENT_ALLOW_PRIVATE_TARGETS: 'true', GENT_CLOCK_OFFSET: 'PT1S' });
    expect(mistakes).toHaveLength(3);
  });

  it('leaves the variables of tools and tests alone', () => {
    expect(mistakesOf({ GENT_API_KEY: 'k', GENT_API_URL: 'u', GENT_TEST_KILLS: '20', PATH: '/bin' })).toEqual(
      [],
    );
  });

  it('has every variable in .env.example, and no other', () => {
    const example = readFileSync('.env.example', 'utf8');
    const named = [...example.matchAll(/^# (GENT_\w+)=(.*)$/gm)].map(
      ([, name, value]) => [name, value] as const,
    );
    expect(mistakesOf(Object.fromEntries(named))).toEqual([]);
    const asked = new Set<string>();
    parseConfig(new Proxy({}, { get: (_, name) => void asked.add(String(name)) }));
    const ours = named.map(([name]) => name).filter((name = '') => !name.startsWith('GENT_API_'));
    expect(['NODE_ENV', ...ours].sort()).toEqual([...asked].sort());
  });
});
