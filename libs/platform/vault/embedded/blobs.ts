import { createSecretKey } from 'node:crypto';
import { Readable } from 'node:stream';
import { DomainError, OutcomeUnknown } from '#kernel/errors';
import { bufferOf } from '#mail/bytes';
import { Blobs, type BlobRef, type Part } from '#platform/vault/blobs';
import type { Owner } from '#platform/vault/personal-data';
import { newSecret, seal, unsealKey } from './aead.js';
import { CHUNK, decrypted, Encryption } from './chunks.js';
import { Recent } from '#platform/vault/recent';
import type { BlobFiles, NewFile } from './files.js';
import type { DataKey, KeyRing, VaultWriter } from './key-ring.js';
import type { VaultReader } from './reader.js';
import { aboutFile, blobIdOf, namingBy, unsealRow } from './sealed.js';
import type { BlobRow } from './schema.js';

/** A blob up to this many bytes is a row. */
const ROW_BYTES = 256 * 1024;

/** Of what was just put, and is usually read at once by whoever takes it apart or indexes it. */
const RECENT_BYTES = 4 * 1024 * 1024;
const RECENT_LARGEST = 64 * 1024;

/**
 * A row holds its content under the key of its owner, a file its own under a key that the owner's wraps; either is
 * bound to the blob's id and size.
 */
export class EmbeddedBlobs extends Blobs {
  private readonly recent = new Recent<Readonly<{ key: string; content: Uint8Array }>>(
    RECENT_BYTES,
    RECENT_LARGEST,
  );

  constructor(
    private readonly keys: KeyRing,
    private readonly reader: VaultReader,
    private readonly writer: VaultWriter,
    private readonly files: BlobFiles,
  ) {
    super();
  }

  async put(
    owner: Owner,
    source: Uint8Array | AsyncIterable<Uint8Array>,
    limit = Infinity,
  ): Promise<BlobRef> {
    const key = await this.keys.of(owner);
    if (source instanceof Uint8Array && source.byteLength <= ROW_BYTES)
      return this.putRow(key, source, limit);
    const pieces = source instanceof Uint8Array ? [source] : source;
    const held: Uint8Array[] = [];
    let size = 0;
    let file: GrowingFile | undefined;
    try {
      for await (const piece of pieces) {
        size += piece.byteLength;
        if (size > limit) throw tooLarge(limit);
        // A stream may use the memory of a piece again for the next one.
        held.push(source instanceof Uint8Array ? piece : Buffer.from(piece));
        if (size > ROW_BYTES) file ??= new GrowingFile(key, await this.files.create());
        if (file) await file.add(held.splice(0));
      }
      if (!file) return await this.putRow(key, joined(held, size), limit);
      const row = await file.finish(size);
      if (!(await this.putFile(key, row))) await this.files.remove([file.name]);
      return { blobId: row.id, size };
    } catch (error) {
      await file?.abandon();
      // A row that nobody heard of may have it by now; whether one does is settled at the next start.
      if (file && !(error instanceof OutcomeUnknown))
        await this.files.remove([file.name]).catch(() => undefined);
      throw error;
    }
  }

  async open(blobId: string, part?: Part): Promise<Readable | null> {
    const found = this.find(blobId);
    if (!found) return null;
    const { row, key } = found;
    if (row.file === null) {
      const content = unsealRow(key.secret, row).subarray(part?.from, part?.to);
      return Readable.from([content], { objectMode: false });
    }
    return Readable.from(this.fromFile(key, row, row.file, part), {
      objectMode: false,
      highWaterMark: CHUNK,
    });
  }

  async read(blobId: string): Promise<Buffer | null> {
    const recent = this.recent.get(blobId);
    if (recent) return this.keys.byId(recent.key) ? bufferOf(recent.content) : null;
    const found = this.find(blobId);
    if (!found) return null;
    const { row, key } = found;
    if (row.file === null) return unsealRow(key.secret, row);
    const chunks: Buffer[] = [];
    for await (const chunk of this.fromFile(key, row, row.file)) chunks.push(chunk);
    return Buffer.concat(chunks, row.size);
  }

  async delete(blobId: string): Promise<void> {
    const file = this.reader.blob(blobId)?.file;
    await this.writer.submit(['delete-blob', blobId]);
    this.recent.delete(blobId);
    if (file) await this.files.remove([file]);
  }

  /** Named and sealed by the thread that stores it. */
  private async putRow({ id, bytes, stored }: DataKey, source: Uint8Array, limit: number): Promise<BlobRef> {
    if (source.byteLength > limit) throw tooLarge(limit);
    // Its own memory: it is sent at the end of the turn, and with all that it is a view of.
    const content = new Uint8Array(source);
    const [blobId] = await Promise.all([this.writer.submit(['put-row', id, bytes, content]), stored]);
    this.recent.put(String(blobId), { key: id, content }, content.byteLength);
    return { blobId: String(blobId), size: content.byteLength };
  }

  /** Both at once: a new key is in the same commit. False when it was there already. */
  private async putFile(key: DataKey, row: BlobRow): Promise<boolean> {
    const [isNew] = await Promise.all([this.writer.submit(['put-file', row]), key.stored]);
    return isNew === true;
  }

  private find(blobId: string): Readonly<{ row: BlobRow; key: DataKey }> | null {
    const row = this.reader.blob(blobId);
    const key = row && this.keys.byId(row.key);
    return key ? { row, key } : null;
  }

  private async *fromFile(
    key: DataKey,
    { id, size, secret }: BlobRow,
    name: string,
    part?: Part,
  ): AsyncGenerator<Buffer> {
    const own = unsealKey(key.secret, secret ?? EMPTY, aboutFile(id, size));
    const file = this.files.reading(name);
    try {
      yield* decrypted(own, size, file.read, part);
    } finally {
      await file.close();
    }
  }
}

/** A file while it is written: named, at the end, by what went into it. */
class GrowingFile {
  private readonly secret = newSecret();
  private readonly encryption = new Encryption(createSecretKey(this.secret));
  private readonly naming;

  constructor(
    private readonly key: DataKey,
    private readonly file: NewFile,
  ) {
    this.naming = namingBy(key.bytes);
  }

  get name(): string {
    return this.file.name;
  }

  async add(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      this.naming.update(piece);
      await this.file.write([...this.encryption.add(piece)]);
    }
  }

  async finish(size: number): Promise<BlobRow> {
    await this.file.write([this.encryption.end()]);
    await this.file.finish();
    const id = blobIdOf(this.naming.digest('hex'));
    const secret = seal(this.key.secret, this.secret, aboutFile(id, size));
    return { id, key: this.key.id, size, secret, file: this.name, content: null };
  }

  abandon(): Promise<void> {
    return this.file.abandon();
  }
}

const EMPTY = new Uint8Array();

const joined = (parts: readonly Uint8Array[], size: number): Uint8Array => {
  const [only] = parts;
  return only && parts.length === 1 ? only : Buffer.concat(parts, size);
};

const tooLarge = (limit: number) =>
  new DomainError('blob-too-large', 'invalid', `It has more than ${limit} bytes`);
