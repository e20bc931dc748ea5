import { createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Records } from '#platform/vault/records';
import { dkimKeyRecord } from './events.js';

const generate = promisify(generateKeyPair);

/** Makes the keys of domains, in the vault; who signs reads them there, and everybody else sees the public half. */
@Injectable()
export class DkimKeys {
  constructor(private readonly records: Records) {}

  /** The public key as base64 of its DER form. The same again for a domain that has one. */
  async make(domainId: string): Promise<string> {
    const { privateKey } = await generate('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const name = dkimKeyRecord(domainId);
    const isNew = await this.records.put(name, Buffer.from(privateKey), { expected: 'absent' });
    const stored = isNew ? undefined : await this.records.get(name);
    const pem = stored ? Buffer.from(stored.value).toString('utf8') : privateKey;
    return createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('base64');
  }

  async forget(domainId: string): Promise<void> {
    await this.records.delete(dkimKeyRecord(domainId));
  }
}
