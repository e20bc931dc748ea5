import type { Readable } from 'node:stream';
import type { Owner } from './personal-data.js';

/** From a byte up to, but not including, another, counted from 0. */
export type Part = Readonly<{ from: number; to: number }>;
export type BlobRef = Readonly<{ blobId: string; size: number }>;

/**
 * Port of the vault: content, encrypted under the data key of its owner's subject and addressed by a hash of what
 * it holds, keyed by that key too: the same bytes put twice for one subject are one blob, and of an erased one
 * nobody can tell what it was.
 * Blobs up to 256 KiB are rows, larger ones files.
 */
export abstract class Blobs {
  /** Settles when it is durable. A source that fails, or exceeds `limit` bytes (`blob-too-large`), leaves nothing. */
  abstract put(
    owner: Owner,
    source: Uint8Array | AsyncIterable<Uint8Array>,
    limit?: number,
  ): Promise<BlobRef>;

  /**
   * The plain bytes, or a part of them, verified as they are read: a changed blob is an error, never other content.
   * Erased: null.
   */
  abstract open(blobId: string, part?: Part): Promise<Readable | null>;

  /** All of it in memory; for what is known to be small enough. Erased or unknown: null. */
  abstract read(blobId: string): Promise<Buffer | null>;

  abstract delete(blobId: string): Promise<void>;
}
