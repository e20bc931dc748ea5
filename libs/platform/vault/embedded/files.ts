import { randomBytes } from 'node:crypto';
import { mkdir, open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { OutcomeUnknown, unavailable } from '#kernel/errors';
import { systemCode } from '#platform/process/refusal';
import { Tampered } from './aead.js';
import type { VaultWriter } from './key-ring.js';

/**
 * The large blobs. A file's name is in the vault as pending before there is a file, and is taken from there by
 * the blob's own row: whatever happens in between, the file is removed later.
 */
export class BlobFiles {
  constructor(
    private readonly folder: string,
    private readonly writer: VaultWriter,
  ) {}

  async prepare() {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  async create(): Promise<NewFile> {
    const name = randomBytes(16).toString('hex');
    await this.writer.submit(['begin-file', name]);
    try {
      return new NewFile(name, this.folder, await mustWork(open(join(this.folder, name), 'wx', 0o600)));
    } catch (error) {
      await this.writer.submit(['abandon-file', name]);
      throw error;
    }
  }

  /** Answers parts of a file, which is opened for the first of them; `close` it in the end. */
  reading(name: string): { read(from: number, length: number): Promise<Uint8Array>; close(): Promise<void> } {
    let handle: FileHandle | undefined;
    return {
      read: async (from, length) => {
        handle ??= await open(join(this.folder, name), 'r').catch(missing);
        const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(length), 0, length, from);
        return buffer.subarray(0, bytesRead);
      },
      close: async () => handle?.close(),
    };
  }

  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    for (const name of names) await unlink(join(this.folder, name)).catch(ifMissing);
    await this.writer.submit(['removed-files', names]);
  }
}

export class NewFile {
  constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly handle: FileHandle,
  ) {}

  async write(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) await mustWork(writeAll(this.handle, part));
  }

  /** The content, then the name, are on the disk. */
  async finish(): Promise<void> {
    await mustWork(this.handle.sync());
    await this.handle.close();
    const folder = await mustWork(open(this.folder, 'r'));
    await mustWork(folder.sync()).finally(() => folder.close());
  }

  async abandon(): Promise<void> {
    await this.handle.close().catch(() => undefined);
  }
}

const writeAll = async (handle: FileHandle, part: Uint8Array) => {
  for (let from = 0; from < part.byteLength;) from += (await handle.write(part, from)).bytesWritten;
};

/** A full disk above all. Nothing refers to the file yet. */
const mustWork = <T>(work: Promise<T>): Promise<T> =>
  work.catch(() => {
    throw unavailable('store-unavailable', 'It cannot be stored just now, so nothing was done');
  });

const isMissing = (error: unknown): boolean => systemCode(error) === 'ENOENT';

const missing = (error: unknown): never => {
  throw isMissing(error) ? new Tampered() : new OutcomeUnknown();
};

const ifMissing = (error: unknown) => {
  if (!isMissing(error)) throw error;
};
