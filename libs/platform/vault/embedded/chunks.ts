import type { KeyObject } from 'node:crypto';
import type { Part } from '#platform/vault/blobs';
import { decrypt, encrypt, Tampered } from './aead.js';

/**
 * A blob is encrypted in chunks under a key of its own, so that it can be written and read as a stream and yet
 * every byte is verified before it is given out. The nonce is the chunk's number and whether it is the last:
 * none can be left out, moved, added or cut off.
 */
export const CHUNK = 64 * 1024;
const TAG = 16;
const ABOUT = Buffer.from('chunk');

const chunksOf = (size: number) => Math.max(1, Math.ceil(size / CHUNK));

const nonceOf = (index: number, isLast: boolean): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 4);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
};

/** Takes what comes, in whatever pieces, and gives full chunks; the last, which may be empty, at `end`. */
export class Encryption {
  private pending: Uint8Array[] = [];
  private filled = 0;
  private index = 0;

  constructor(private readonly key: KeyObject) {}

  *add(piece: Uint8Array): Iterable<Buffer> {
    for (let from = 0; from < piece.byteLength;) {
      // Kept until there is more: only then is it known not to be the last.
      if (this.filled === CHUNK) yield this.chunk(false);
      const part = piece.subarray(from, from + CHUNK - this.filled);
      this.pending.push(part);
      this.filled += part.byteLength;
      from += part.byteLength;
    }
  }

  end(): Buffer {
    return this.chunk(true);
  }

  private chunk(isLast: boolean): Buffer {
    const [only] = this.pending;
    const plain = only && this.pending.length === 1 ? only : Buffer.concat(this.pending);
    const box = encrypt(this.key, nonceOf(this.index, isLast), plain, ABOUT);
    this.pending = [];
    this.filled = 0;
    this.index += 1;
    return box;
  }
}

/** Gives plain bytes, or a part of them, for stored ones, which `read` answers by their place. Throws `Tampered`. */
export async function* decrypted(
  key: KeyObject,
  size: number,
  read: (from: number, length: number) => Promise<Uint8Array> | Uint8Array,
  { from, to }: Part = { from: 0, to: size },
): AsyncGenerator<Buffer> {
  const count = chunksOf(size);
  const end = to === size ? count : Math.ceil(to / CHUNK);
  for (let index = Math.floor(from / CHUNK); index < end; index += 1) {
    const length = Math.min(CHUNK, size - index * CHUNK) + TAG;
    const box = await read(index * (CHUNK + TAG), length);
    if (box.byteLength !== length) throw new Tampered();
    const plain = decrypt(key, nonceOf(index, index === count - 1), box, ABOUT);
    yield plain.subarray(Math.max(0, from - index * CHUNK), to - index * CHUNK);
  }
}
