import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  randomFillSync,
  type KeyObject,
} from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/** What lies on the disk is not what was put there, or was put there for something else. */
export class Tampered extends Error {
  override readonly name = 'Tampered';

  constructor() {
    super('What is stored was changed, or is not where it belongs');
  }
}

/** Random bytes a few thousand at a time: asking the system for twelve costs as much. */
const pool = Buffer.alloc(6_000);
let used = pool.length;

export const randomNonce = (): Buffer => {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return Buffer.from(pool.subarray(used, (used += NONCE)));
};

export const newSecret = (): Buffer => randomFillSync(Buffer.alloc(32));

/** Ciphertext and tag. */
export const encrypt = (key: KeyObject, nonce: Uint8Array, plain: Uint8Array, about: Uint8Array): Buffer => {
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(about);
  const text = cipher.update(plain);
  cipher.final();
  return Buffer.concat([text, cipher.getAuthTag()]);
};

/** Throws `Tampered`. */
export const decrypt = (key: KeyObject, nonce: Uint8Array, box: Uint8Array, about: Uint8Array): Buffer => {
  if (box.byteLength < TAG || nonce.byteLength !== NONCE) throw new Tampered();
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG });
  decipher.setAAD(about);
  decipher.setAuthTag(box.subarray(-TAG));
  const plain = decipher.update(box.subarray(0, -TAG));
  try {
    decipher.final();
  } catch {
    throw new Tampered();
  }
  return plain;
};

/**
 * Nonce, ciphertext and tag in one, bound to what it is `about`. A memory of its own: a view of a shared one would
 * be sent to another thread with all of it.
 */
export const seal = (key: KeyObject, plain: Uint8Array, about: string): Uint8Array => {
  const nonce = randomNonce();
  const box = encrypt(key, nonce, plain, Buffer.from(about));
  const sealed = new Uint8Array(NONCE + box.byteLength);
  sealed.set(nonce);
  sealed.set(box, NONCE);
  return sealed;
};

/** Throws `Tampered`. */
export const unseal = (key: KeyObject, sealed: Uint8Array, about: string): Buffer =>
  decrypt(key, sealed.subarray(0, NONCE), sealed.subarray(NONCE), Buffer.from(about));

export const unsealKey = (key: KeyObject, sealed: Uint8Array, about: string): KeyObject =>
  createSecretKey(unseal(key, sealed, about));
