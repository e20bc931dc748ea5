import type { Dns, DnsFault, DnsRecords } from './dns.js';

const CODES: Readonly<Record<DnsFault, string>> = {
  NXDOMAIN: 'ENOTFOUND',
  NODATA: 'ENODATA',
  SERVFAIL: 'ESERVFAIL',
  TIMEOUT: 'ETIMEOUT',
  MALFORMED: 'EBADRESP',
};

export type MailauthResolver = (name: string, type: string) => Promise<unknown[]>;

/** `Dns` in the form of `dns.promises.resolve`, with its error codes: what mailauth takes as its `resolver`. */
export const mailauthResolver =
  (dns: Dns, options?: Readonly<{ timeoutMs?: number }>): MailauthResolver =>
  async (name, type) => {
    try {
      const { records } = await dns.resolve(name, type as keyof DnsRecords, options);
      return type === 'TXT' ? records.map((text) => [text]) : [...records];
    } catch (error) {
      const code = CODES[(error as { readonly code?: DnsFault }).code ?? 'SERVFAIL'];
      throw Object.assign(new Error(`${type} look-up: ${code}`), { code });
    }
  };
