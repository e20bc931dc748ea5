export type StoredRecord = Readonly<{ value: Uint8Array; version: number; expiresAt: string | null }>;

export type PutOptions = Readonly<{
  /** ISO 8601, UTC; from then on it is not there any more. */
  expiresAt?: string;
  /** `absent`, or the version that was read: else nothing is written and the answer is false. */
  expected?: 'absent' | number;
}>;

/**
 * Port of the vault: small encrypted values by name that are no facts and may be forgotten: secrets, sessions,
 * idempotency keys, counters. A name is a path, `kind/…`, and shows nothing that is secret or personal.
 */
export abstract class Records {
  abstract get(name: string): Promise<StoredRecord | null>;

  /** Settles when it is durable; false when `expected` did not hold. */
  abstract put(name: string, value: Uint8Array, options?: PutOptions): Promise<boolean>;

  abstract delete(name: string): Promise<void>;

  /** Names that begin with a prefix, in order. */
  abstract list(prefix: string): Promise<readonly string[]>;

  /** Whether this process can never write again, so that only a new one helps. */
  get isLost(): boolean {
    return false;
  }
}

/** A record as JSON. */
export const readJson = async <T>(records: Records, name: string): Promise<(T & object) | null> => {
  const found = await records.get(name);
  return found && (JSON.parse(Buffer.from(found.value).toString('utf8')) as T & object);
};

export const jsonBytes = (value: object): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8');
