import type { Scope } from '#kernel/context';
import { PersonalData, type Owner, type Sealed } from '#platform/vault/personal-data';
import { decrypt, encrypt, randomNonce } from './aead.js';
import type { KeyRing } from './key-ring.js';

const ABOUT = Buffer.from('fields');

/** Of what was just sealed and nobody has opened yet; longer ones cost little in comparison. */
const RECENT = 512;
const RECENT_LENGTH = 4_096;

/** Sealed: `k` names the subject's key, `n` is the nonce and `c` the ciphertext with its tag, in base64url. */
export class EmbeddedPersonalData extends PersonalData {
  /** By ciphertext: whoever follows the log opens at once, and once, what was just sealed. */
  private readonly recent = new Map<string, Readonly<{ k: string; n: string; json: string }>>();

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
    const json = JSON.stringify(fields);
    const box = encrypt(secret, nonce, Buffer.from(json), ABOUT);
    await stored;
    const sealed = { k: id, n: nonce.toString('base64url'), c: box.toString('base64url') };
    this.remember(sealed, json);
    return sealed;
  }

  async open({ k = '', n = '', c = '' }: Sealed): Promise<object | 'erased'> {
    const key = this.keys.byId(k);
    if (!key) return 'erased';
    const recent = this.recent.get(c);
    if (recent?.k === k && recent.n === n) {
      this.recent.delete(c);
      return JSON.parse(recent.json) as object;
    }
    const plain = decrypt(key.secret, Buffer.from(n, 'base64url'), Buffer.from(c, 'base64url'), ABOUT);
    return JSON.parse(plain.toString('utf8')) as object;
  }

  async erase(owner: Owner): Promise<void> {
    await this.keys.eraseOwner(owner);
    this.forget();
  }

  async eraseScope(scope: Scope): Promise<void> {
    await this.keys.eraseScope(scope);
    this.forget();
  }

  private remember({ k, n, c }: Readonly<{ k: string; n: string; c: string }>, json: string) {
    if (json.length > RECENT_LENGTH) return;
    this.recent.set(c, { k, n, json });
    if (this.recent.size <= RECENT) return;
    const [oldest = ''] = this.recent.keys();
    this.recent.delete(oldest);
  }

  private forget() {
    this.recent.clear();
    this.erased();
  }
}
