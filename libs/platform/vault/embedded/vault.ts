import { createHmac, createSecretKey } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unavailable } from '#kernel/errors';
import type { Clock } from '#platform/clock/clock';
import { BAD_CONFIGURATION, Refusal } from '#platform/process/refusal';
import type { Faults } from '#platform/sqlite/faults';
import { GroupCommit } from '#platform/sqlite/group-commit';
import { seal, Tampered, unseal } from './aead.js';
import { EmbeddedBlobs } from './blobs.js';
import { BlobFiles } from './files.js';
import { KeyRing, type VaultWriter } from './key-ring.js';
import { EmbeddedPersonalData } from './personal-data.js';
import { VaultReader } from './reader.js';
import { EmbeddedRecords } from './records.js';
import type { Swept, VaultAnswer, VaultRequest } from './schema.js';

const SWEEP_MS = 60_000;

export type VaultOptions = Readonly<{
  folder: string;
  /** 32 bytes: `loadMasterKey`. */
  masterKey: Uint8Array;
  clock: Clock;
  faults?: Faults;
}>;

/** The three ports of the vault over one SQLite file, `vault.db`, and a folder for what is large, `blobs/`. */
export class EmbeddedVault {
  private readonly timer: NodeJS.Timeout;
  private sweeping = Promise.resolve();
  private nextSweep: Promise<void> | undefined;
  private isOpen = true;

  private constructor(
    readonly personalData: EmbeddedPersonalData,
    readonly blobs: EmbeddedBlobs,
    readonly records: EmbeddedRecords,
    private readonly keys: KeyRing,
    private readonly reader: VaultReader,
    private readonly writer: GroupCommit<VaultRequest, VaultAnswer>,
    private readonly files: BlobFiles,
    private readonly clock: Clock,
  ) {
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  /** Throws when it was made under another master key. */
  static async open({ folder, masterKey, clock, faults }: VaultOptions): Promise<EmbeddedVault> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'vault.db');
    const script = new URL('./worker.js', import.meta.url);
    const writer = await GroupCommit.start<VaultRequest, VaultAnswer>(script, { path, faults });
    const reader = new VaultReader(path);
    const derived = (use: string) => createSecretKey(derivedKey(masterKey, use));
    const files = new BlobFiles(join(folder, 'blobs'), writer);
    await files.prepare();
    const keys = new KeyRing(reader, writer, derivedKey(masterKey, 'keys'));
    const vault: EmbeddedVault = new EmbeddedVault(
      new EmbeddedPersonalData(keys, () => void vault.sweep()),
      new EmbeddedBlobs(keys, reader, writer, files),
      new EmbeddedRecords(reader, writer, derived('records'), clock),
      keys,
      reader,
      writer,
      files,
      clock,
    );
    try {
      await proveMaster(reader, writer, derived('proof'));
    } catch (error) {
      await vault.close();
      throw error;
    }
    void vault.sweep();
    return vault;
  }

  /**
   * Removes what is expired by now, what erased keys leave behind, and files of writes that came to nothing. Asked
   * for while it runs, it runs once more.
   */
  sweep(): Promise<void> {
    this.nextSweep ??= this.sweeping.then(() => {
      this.nextSweep = undefined;
      return (this.sweeping = this.sweepAll());
    });
    return this.nextSweep;
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    clearInterval(this.timer);
    await (this.nextSweep ?? this.sweeping);
    await this.writer.close();
    this.keys.close();
    this.reader.close();
  }

  /** What fails is for the next time. */
  private async sweepAll() {
    try {
      for (let more = true; more && this.isOpen;) {
        const swept = (await this.writer.submit(['sweep', Date.parse(this.clock.now())])) as Swept;
        await this.files.remove(swept.files);
        more = swept.more;
      }
    } catch {
      return;
    }
  }
}

const derivedKey = (masterKey: Uint8Array, use: string) =>
  createHmac('sha256', masterKey).update(`gent vault ${use}`).digest();

/** The keys that are there, for another thread of the process that has the vault open; it makes none. */
export const openKeysForReading = (folder: string, masterKey: Uint8Array) => {
  const reader = new VaultReader(join(folder, 'vault.db'));
  const writer = {
    submit: () => Promise.reject(unavailable('store-unavailable', 'This is for reading only')),
    isLost: true,
  };
  const keys = new KeyRing(reader, writer, derivedKey(masterKey, 'keys'));
  const close = () => {
    keys.close();
    reader.close();
  };
  return { personalData: new EmbeddedPersonalData(keys, () => undefined), close };
};

/** A new vault remembers something that only its master key opens. */
const proveMaster = async (
  reader: VaultReader,
  writer: VaultWriter,
  key: ReturnType<typeof createSecretKey>,
) => {
  const proof = reader.meta('proof')?.value;
  if (!proof) {
    await writer.submit(['put-meta', 'proof', seal(key, Buffer.from('gent'), 'proof')]);
    return;
  }
  try {
    unseal(key, proof, 'proof');
  } catch (error) {
    if (!(error instanceof Tampered)) throw error;
    throw new Refusal(
      'The data folder was made with another master key: set GENT_MASTER_KEY to that one, or to none for master.key',
      BAD_CONFIGURATION,
    );
  }
};
