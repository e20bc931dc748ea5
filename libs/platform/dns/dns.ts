export type MxRecord = Readonly<{ exchange: string; priority: number }>;
export type TlsaRecord = Readonly<{
  usage: number;
  selector: number;
  matchingType: number;
  certificate: Buffer;
}>;

/** What a look-up of each record type yields. A TXT record is its strings joined. */
export interface DnsRecords {
  A: string;
  AAAA: string;
  MX: MxRecord;
  TXT: string;
  CNAME: string;
  PTR: string;
  TLSA: TlsaRecord;
}

/**
 * `NXDOMAIN` and `NODATA` are answers; the others are trouble: the server failed, kept silent, or sent something
 * that is no answer.
 */
export type DnsFault = 'NXDOMAIN' | 'NODATA' | 'SERVFAIL' | 'TIMEOUT' | 'MALFORMED';

export class DnsError extends Error {
  override readonly name = 'DnsError';

  constructor(
    readonly code: DnsFault,
    readonly question: string,
  ) {
    super(`${question}: ${code}`);
  }
}

/** `authenticated`: a validating resolver vouches for it (the AD bit, RFC 4035 section 3.2.3). */
export type DnsAnswer<T> = Readonly<{ records: readonly T[]; authenticated: boolean; ttlSeconds: number }>;

/** Port: every look-up that the program makes. Cached by TTL, bounded in size, count and time. */
export abstract class Dns {
  /** Throws `DnsError`; an answer has at least one record. CNAMEs are followed, 8 at most. */
  abstract resolve<Type extends keyof DnsRecords>(
    name: string,
    type: Type,
    options?: Readonly<{ timeoutMs?: number; fresh?: boolean }>,
  ): Promise<DnsAnswer<DnsRecords[Type]>>;
}

/** Whether the name, or the type at that name, is known not to exist: not a passing failure. */
export const isAbsent = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  (error.code === 'NXDOMAIN' || error.code === 'NODATA');
