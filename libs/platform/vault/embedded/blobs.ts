import { createHmac, createSecretKey } from 'node:crypto';
import { Readable } from 'node:stream';
import { DomainError } from '#kernel/errors';
import { Blobs, type BlobRef } from '#platform/vault/blobs';
import type { Owner } from '#platform/vault/personal-data';
import { newSecret, seal, unsealKey } from './aead.js';
import { CHUNK, decrypted, Encryption } from './chunks.js';
import type { BlobFiles, NewFile } from './files.js';
import { namingKey, type KeyRing, type VaultWriter } from './key-ring.js';
import type { VaultReader } from './reader.js';

/** A blob up to this many bytes is a row. */
const ROW_BYTES = 256 * 1024;

const about = (blobId: string, size: number) => `blob ${blobId} ${size}`;

/** Each under a key of its own, which its owner's key wraps, bound to the blob's id and size. */
export class EmbeddedBlobs extends Blobs {
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
    const naming = createHmac('sha256', namingKey(key));
    const secret = newSecret();
    const encryption = new Encryption(createSecretKey(secret));
    const held: Uint8Array[] = [];
    let file: NewFile | undefined;
    let size = 0;
    try {
      for await (const piece of source instanceof Uint8Array ? pieces(source) : source) {
        size += piece.byteLength;
        if (size > limit) throw tooLarge(limit);
        naming.update(piece);
        // A stream may use the memory of a piece again for the next one.
        held.push(...encryption.add(source instanceof Uint8Array ? piece : Buffer.from(piece)));
        if (size > ROW_BYTES) file ??= await this.files.create();
        if (file) await file.write(held.splice(0));
      }
      held.push(encryption.end());
      if (file) await file.write(held.splice(0));
      await file?.finish();
      const blobId = `blb_${naming.digest('hex').slice(0, 32)}`;
      const row = {
        id: blobId,
        key: key.id,
        size,
        secret: seal(key.secret, secret, about(blobId, size)),
        file: file?.name ?? null,
        content: file ? null : joined(held),
      };
      // Both at once: a new key is in the same commit.
      const [isNew] = await Promise.all([this.writer.submit(['put-blob', row]), key.stored]);
      if (!isNew && file) await this.files.remove([file.name]);
      return { blobId, size };
    } catch (error) {
      await file?.abandon();
      if (file) await this.files.remove([file.name]).catch(() => undefined);
      throw error;
    }
  }

  async open(blobId: string): Promise<Readable | null> {
    const plain = this.plain(blobId);
    return plain && Readable.from(plain, { objectMode: false, highWaterMark: CHUNK });
  }

  async read(blobId: string): Promise<Buffer | null> {
    const plain = this.plain(blobId);
    if (!plain) return null;
    const chunks: Buffer[] = [];
    for await (const chunk of plain) chunks.push(chunk);
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  }

  async delete(blobId: string): Promise<void> {
    const file = this.reader.blob(blobId)?.file;
    await this.writer.submit(['delete-blob', blobId]);
    if (file) await this.files.remove([file]);
  }

  private plain(blobId: string): AsyncGenerator<Buffer> | null {
    const row = this.reader.blob(blobId);
    const key = row && this.keys.byId(row.key);
    if (!key) return null;
    const { size, file, content } = row;
    const secret = unsealKey(key.secret, row.secret, about(blobId, size));
    if (file === null)
      return decrypted(secret, size, (from, length) => (content ?? EMPTY).subarray(from, from + length));
    return this.fromFile(file, secret, size);
  }

  private async *fromFile(
    name: string,
    secret: Parameters<typeof decrypted>[0],
    size: number,
  ): AsyncGenerator<Buffer> {
    const file = this.files.reading(name);
    try {
      yield* decrypted(secret, size, file.read);
    } finally {
      await file.close();
    }
  }
}

const EMPTY = new Uint8Array();

function* pieces(whole: Uint8Array): Iterable<Uint8Array> {
  for (let from = 0; from < whole.byteLength; from += CHUNK) yield whole.subarray(from, from + CHUNK);
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
};

const tooLarge = (limit: number) =>
  new DomainError('blob-too-large', 'invalid', `It has more than ${limit} bytes`);
