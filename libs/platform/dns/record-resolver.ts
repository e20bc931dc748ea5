import type { Dns, DnsFault, DnsRecords } from './dns.js';

const CODES: Readonly<Record<DnsFault, string>> = {
  NXDOMAIN: 'ENOTFOUND',
  NODATA: 'ENODATA',
  SERVFAIL: 'ESERVFAIL',
  TIMEOUT: 'ETIMEOUT',
  MALFORMED: 'EBADRESP',
};

/** In the form of `dns.promises.resolve`, and for how long it may be remembered. */
export type RecordAnswer = Readonly<{ records: unknown[]; ttlSeconds: number }>;
export type RecordResolver = (name: string, type: string) => Promise<RecordAnswer>;

/** `Dns` with the error codes of `dns.promises.resolve`. */
export const recordResolver =
  (dns: Dns, options?: Readonly<{ timeoutMs?: number }>): RecordResolver =>
  async (name, type) => {
    try {
      const { records, ttlSeconds } = await dns.resolve(name, type as keyof DnsRecords, options);
      return { records: type === 'TXT' ? records.map((text) => [text]) : [...records], ttlSeconds };
    } catch (error) {
      const code = CODES[(error as { readonly code?: DnsFault }).code ?? 'SERVFAIL'];
      throw Object.assign(new Error(`${type} look-up: ${code}`), { code });
    }
  };
