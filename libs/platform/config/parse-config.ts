import { isIP } from 'node:net';
import { Duration } from 'luxon';
import type { Config } from './config.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Every mistake at once, so that the operator mends them in one go. No value is quoted: it may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly mistakes: readonly string[]) {
    super(`The configuration has mistakes:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
  }
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Of our client tools and of the test suite. */
const IGNORED = /^GENT_(API_KEY|API_URL|TEST_.*)$/;

/** Everything that the environment says, or a `ConfigError`. An empty value is as good as none. */
export const parseConfig = (env: Environment): Config => {
  const { mistakes, unknown, ...read } = reader(env);
  const production = env['NODE_ENV'] === 'production';
  const httpPort = read.port('GENT_HTTP_PORT', 3000);
  const config: Config = {
    production,
    dataDir: read.text('GENT_DATA_DIR', './data'),
    http: { host: read.host('GENT_HTTP_HOST', '127.0.0.1'), port: httpPort },
    smtp: {
      host: read.host('GENT_SMTP_HOST', '127.0.0.1'),
      port: read.port('GENT_SMTP_PORT', 2525),
      tls: read.pair('GENT_SMTP_TLS_CERT', 'GENT_SMTP_TLS_KEY', (cert, key) => ({ cert, key })),
    },
    smtpOutPort: read.port('GENT_SMTP_OUT_PORT', 25, 1),
    publicUrl: read.url('GENT_PUBLIC_URL', `http://127.0.0.1:${httpPort}`, ['http:', 'https:']),
    mailHostname: read.value('GENT_MAIL_HOSTNAME', 'mx.localhost', hostname, 'a host name'),
    dnsServers: read.value('GENT_DNS_SERVERS', null, dnsServers, 'a comma-separated list of ip[:port]'),
    outbound: read.oneOf('GENT_OUTBOUND', ['direct', 'relay', 'sandbox'], 'direct'),
    smtpRelayUrl: read.url('GENT_SMTP_RELAY_URL', null, ['smtp:', 'smtps:']),
    sandbox: read.flag('GENT_SANDBOX', !production),
    owner: read.pair('GENT_OWNER_EMAIL', 'GENT_OWNER_PASSWORD', (email, password) => ({ email, password })),
    masterKey: read.text('GENT_MASTER_KEY', null),
    allowPrivateTargets: read.flag('GENT_ALLOW_PRIVATE_TARGETS', false),
    clockOffsetMs: read.value('GENT_CLOCK_OFFSET', 0, milliseconds, 'an ISO 8601 duration such as P3D'),
    logLevel: read.oneOf('GENT_LOG_LEVEL', LOG_LEVELS, 'info'),
    signup: read.oneOf('GENT_SIGNUP', ['invite', 'open'], 'invite'),
    eventStore: {
      url: read.value('GENT_EVENTSTORE_URL', 'embedded', store('esdb'), '"embedded" or an esdb:// URL'),
      host: read.host('GENT_EVENTSTORE_HOST', '127.0.0.1'),
      port: read.port('GENT_EVENTSTORE_PORT', production ? 0 : 2113),
    },
    mongodbUrl: read.value(
      'GENT_MONGODB_URL',
      'embedded',
      store('mongodb'),
      '"embedded" or a mongodb:// URL',
    ),
    demo: read.flag('GENT_DEMO', false),
  };
  mistakes.push(...contradictions(config), ...unknown());
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
};

const contradictions = (config: Config): readonly string[] => {
  const {
    production,
    publicUrl,
    owner,
    masterKey,
    outbound,
    smtpRelayUrl,
    allowPrivateTargets,
    clockOffsetMs,
  } = config;
  const rules: readonly (readonly [broken: boolean, mistake: string])[] = [
    [hasMoreThanPath(publicUrl), 'GENT_PUBLIC_URL must have no user, query or fragment'],
    [outbound === 'relay' && !smtpRelayUrl, 'GENT_SMTP_RELAY_URL is needed with GENT_OUTBOUND=relay'],
    [!!owner && !/^[^\s@]+@[^\s@]+$/.test(owner.email), 'GENT_OWNER_EMAIL must be an e-mail address'],
    [
      !!owner && (owner.password.length < 8 || owner.password.length > 128),
      'GENT_OWNER_PASSWORD must have 8 to 128 characters',
    ],
    [!!masterKey && masterKey.length < 16, 'GENT_MASTER_KEY must have at least 16 characters'],
    [production && !masterKey, 'GENT_MASTER_KEY is required in production'],
    [production && allowPrivateTargets, 'GENT_ALLOW_PRIVATE_TARGETS is refused in production'],
    [production && clockOffsetMs !== 0, 'GENT_CLOCK_OFFSET is refused in production'],
  ];
  return rules.filter(([broken]) => broken).map(([, mistake]) => mistake);
};

const hasMoreThanPath = (url: string): boolean => {
  const { username, password, search, hash } = new URL(url);
  return [username, password, search, hash].some((part) => part !== '');
};

const reader = (env: Environment) => {
  const mistakes: string[] = [];
  const known = new Set<string>();

  const raw = (name: string): string | undefined => {
    known.add(name);
    return env[name]?.trim() || undefined;
  };
  /** `parse` answers undefined for what is not `expected`. */
  const value = <T, None>(
    name: string,
    fallback: None,
    parse: (text: string) => T | undefined,
    expected: string,
  ): T | None => {
    const given = raw(name);
    if (given === undefined) return fallback;
    const parsed = parse(given);
    if (parsed === undefined) mistakes.push(`${name} must be ${expected}`);
    return parsed ?? fallback;
  };

  return {
    mistakes,
    value,
    text: <None>(name: string, fallback: None) => raw(name) ?? fallback,
    host: (name: string, fallback: string) =>
      value(
        name,
        fallback,
        (text) => (isIP(text) > 0 ? text : hostname(text)),
        'an IP address or a host name',
      ),
    port: (name: string, fallback: number, least = 0) =>
      value(name, fallback, port(least), `a whole number from ${least} to 65535`),
    flag: (name: string, fallback: boolean) =>
      value(name, fallback, (text) => ({ true: true, false: false })[text], 'true or false'),
    oneOf: <Word extends string>(name: string, words: readonly Word[], fallback: Word): Word =>
      value(name, fallback, (text) => words.find((word) => word === text), `one of ${words.join(', ')}`),
    url: <None>(name: string, fallback: None, schemes: readonly string[]) =>
      value(name, fallback, url(schemes), `a URL that begins with ${schemes.join('// or ')}//`),
    pair: <T>(first: string, second: string, both: (first: string, second: string) => T): T | null => {
      const [one, other] = [raw(first), raw(second)];
      if (one && other) return both(one, other);
      if (one || other) mistakes.push(`${first} and ${second} go together: set both or neither`);
      return null;
    },
    unknown: () =>
      Object.keys(env)
        .filter((name) => name.startsWith('GENT_') && !known.has(name) && !IGNORED.test(name))
        .map((name) => `${name} is not a name that Gent knows`),
  };
};

const port =
  (least: number) =>
  (text: string): number | undefined =>
    /^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= 65_535 ? Number(text) : undefined;

const hostname = (text: string): string | undefined =>
  text.length <= 253 &&
  /^([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)
    ? text.toLowerCase()
    : undefined;

/** Without its trailing slash. */
const url =
  (schemes: readonly string[]) =>
  (text: string): string | undefined => {
    const parsed = URL.parse(text);
    return parsed?.hostname && schemes.includes(parsed.protocol)
      ? text.replace(/(?<!\/)\/+$/, '')
      : undefined;
  };

const store =
  (scheme: string) =>
  (text: string): string | undefined =>
    text === 'embedded' || new RegExp(`^${scheme}(\\+[a-z]+)?://.`).test(text) ? text : undefined;

const dnsServers = (text: string): readonly string[] | undefined => {
  const servers = text.split(',').map((server) => server.trim());
  return servers.every(isDnsServer) ? servers : undefined;
};

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`. */
const isDnsServer = (text: string): boolean => {
  if (isIP(text) > 0) return true;
  const [, v6, v4, given = ''] = /^(?:\[(.+)\]|([\d.]+))(?::(\d+))?$/.exec(text) ?? [];
  return isIP(v6 ?? v4 ?? '') > 0 && (given === '' || port(1)(given) !== undefined);
};

const milliseconds = (text: string): number | undefined => {
  const duration = Duration.fromISO(text);
  return duration.isValid && /\d/.test(text) ? duration.toMillis() : undefined;
};
