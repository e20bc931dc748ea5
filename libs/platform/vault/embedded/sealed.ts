import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { seal, unseal } from './aead.js';
import type { BlobRow } from './schema.js';

const NAMING = Buffer.from('blob ids');
const EMPTY = new Uint8Array();

/** What a wrapped key is bound to. */
export const wrapping = (path: string) => `key ${path}`;

/** What a file's own key is bound to. */
export const aboutFile = (blobId: string, size: number) => `blob ${blobId} ${size}`;
const aboutRow = (blobId: string, size: number) => `row ${blobId} ${size}`;

/**
 * The hash by which blobs are named: a keyed one, so that without the key of its owner nobody can tell whether a
 * blob is a certain content.
 */
export const namingBy = (secret: Uint8Array) =>
  createHmac('sha256', createSecretKey(hash('sha256', Buffer.concat([secret, NAMING]), 'buffer')));

export const blobIdOf = (digest: string): string => `blb_${digest.slice(0, 32)}`;

export const wrap = (over: Uint8Array, secret: Uint8Array, path: string): Uint8Array =>
  seal(createSecretKey(over), secret, wrapping(path));

/** A blob as a row, under the key of its owner. */
export const sealedRow = (key: string, secret: Uint8Array, content: Uint8Array): BlobRow => {
  const size = content.byteLength;
  const id = blobIdOf(namingBy(secret).update(content).digest('hex'));
  const sealed = seal(createSecretKey(secret), content, aboutRow(id, size));
  return { id, key, size, secret: null, file: null, content: sealed };
};

export const unsealRow = (secret: KeyObject, { id, size, content }: BlobRow): Buffer =>
  unseal(secret, content ?? EMPTY, aboutRow(id, size));
