/** Everything that `GENT_*` says (docs/operations.md), read once at boot and never again. Injected by this class. */
export abstract class Config {
  abstract readonly production: boolean;
  abstract readonly dataDir: string;
  abstract readonly http: Readonly<{ host: string; port: number }>;
  abstract readonly smtp: Readonly<{
    host: string;
    port: number;
    tls: Readonly<{ cert: string; key: string }> | null;
  }>;
  abstract readonly smtpOutPort: number;
  /** Without a trailing slash. */
  abstract readonly publicUrl: string;
  abstract readonly mailHostname: string;
  /** `ip` or `ip:port`; null is the system's. */
  abstract readonly dnsServers: readonly string[] | null;
  abstract readonly outbound: 'direct' | 'relay' | 'sandbox';
  abstract readonly smtpRelayUrl: string | null;
  abstract readonly sandbox: boolean;
  abstract readonly owner: Readonly<{ email: string; password: string }> | null;
  abstract readonly masterKey: string | null;
  abstract readonly allowPrivateTargets: boolean;
  abstract readonly clockOffsetMs: number;
  abstract readonly logLevel: string;
  abstract readonly signup: 'invite' | 'open';
  abstract readonly eventStore: Readonly<{ url: string; host: string; port: number }>;
  abstract readonly mongodbUrl: string;
  abstract readonly demo: boolean;
}
