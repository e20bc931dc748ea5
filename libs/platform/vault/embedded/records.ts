import type { KeyObject } from 'node:crypto';
import type { Clock } from '#platform/clock/clock';
import { Records, type PutOptions, type StoredRecord } from '#platform/vault/records';
import { seal, unseal } from './aead.js';
import type { VaultWriter } from './key-ring.js';
import type { VaultReader } from './reader.js';

/** Sorts after every name. */
const END = '\u{10ffff}';

const about = (name: string) => `record ${name}`;

/** Names in the clear, values encrypted and bound to their names. */
export class EmbeddedRecords extends Records {
  constructor(
    private readonly reader: VaultReader,
    private readonly writer: VaultWriter,
    private readonly key: KeyObject,
    private readonly clock: Clock,
  ) {
    super();
  }

  async get(name: string): Promise<StoredRecord | null> {
    const found = this.reader.record(name);
    if (!found || (found.expires !== null && found.expires <= this.now())) return null;
    const { version, expires, value } = found;
    return {
      value: unseal(this.key, value, about(name)),
      version,
      expiresAt: expires === null ? null : new Date(expires).toISOString(),
    };
  }

  async put(name: string, value: Uint8Array, { expected, expiresAt }: PutOptions = {}): Promise<boolean> {
    const expires = expiresAt === undefined ? null : Date.parse(expiresAt);
    if (Number.isNaN(expires)) throw new RangeError('expiresAt is no time');
    const record = { name, expires, value: seal(this.key, value, about(name)) };
    return (await this.writer.submit(['put-record', record, expected ?? null, this.now()])) === true;
  }

  async delete(name: string): Promise<void> {
    await this.writer.submit(['delete-record', name]);
  }

  async list(prefix: string): Promise<readonly string[]> {
    return this.reader.names(prefix, prefix + END, this.now()).map(({ name }) => name);
  }

  override get isLost(): boolean {
    return this.writer.isLost;
  }

  private now(): number {
    return Date.parse(this.clock.now());
  }
}
