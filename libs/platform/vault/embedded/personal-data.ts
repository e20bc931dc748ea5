import type { Scope } from '#kernel/context';
import { PersonalData, type Owner, type Sealed } from '#platform/vault/personal-data';
import { decrypt, encrypt, randomNonce } from './aead.js';
import type { KeyRing } from './key-ring.js';

const ABOUT = Buffer.from('fields');

/** Sealed: `k` names the subject's key, `n` is the nonce and `c` the ciphertext with its tag, in base64url. */
export class EmbeddedPersonalData extends PersonalData {
  constructor(
    private readonly keys: KeyRing,
    private readonly erased: () => void,
  ) {
    super();
  }

  get erasures(): number {
    return this.keys.erasures;
  }

  async seal(owner: Owner, fields: object): Promise<Sealed> {
    const { id, secret, stored } = await this.keys.of(owner);
    const nonce = randomNonce();
    const box = encrypt(secret, nonce, Buffer.from(JSON.stringify(fields)), ABOUT);
    await stored;
    return { k: id, n: nonce.toString('base64url'), c: box.toString('base64url') };
  }

  async open({ k = '', n = '', c = '' }: Sealed): Promise<object | 'erased'> {
    const key = this.keys.byId(k);
    if (!key) return 'erased';
    const plain = decrypt(key.secret, Buffer.from(n, 'base64url'), Buffer.from(c, 'base64url'), ABOUT);
    return JSON.parse(plain.toString('utf8')) as object;
  }

  async erase(owner: Owner): Promise<void> {
    await this.keys.eraseOwner(owner);
    this.erased();
  }

  async eraseScope(scope: Scope): Promise<void> {
    await this.keys.eraseScope(scope);
    this.erased();
  }
}
