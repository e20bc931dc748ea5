import { Config } from '#platform/config/config';

/** What a spec's program is configured with; ports 0, nothing leaves the machine. */
export const testConfig = (over: Partial<Config> = {}): Config => ({
  production: false,
  dataDir: '',
  http: { host: '127.0.0.1', port: 0 },
  smtp: { host: '127.0.0.1', port: 0, tls: null },
  smtpOutPort: 25,
  publicUrl: 'http://127.0.0.1:3000',
  mailHostname: 'mx.localhost',
  dnsServers: ['127.0.0.1:9'],
  outbound: 'sandbox',
  smtpRelayUrl: null,
  sandbox: true,
  owner: null,
  masterKey: null,
  allowPrivateTargets: true,
  clockOffsetMs: 0,
  logLevel: 'silent',
  signup: 'invite',
  eventStore: { url: 'embedded', host: '127.0.0.1', port: 0 },
  mongodbUrl: 'embedded',
  demo: false,
  ...over,
});
