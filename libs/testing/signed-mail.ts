import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dkimSignature } from '#mail/authentication/sign';
import { NOW } from './context.js';

/** A string of a TXT record holds 255 bytes. */
const inStrings = (text: string) => text.match(/.{1,255}/g) ?? [];

/** A domain that signs what it sends. */
export class SigningDomain {
  readonly publicKey: string;
  private readonly privateKey: KeyObject;

  constructor(
    readonly name: string,
    readonly selector = 's1',
  ) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.publicKey = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    this.privateKey = privateKey;
  }

  /** Its DNS: it sends from 127.0.0.1, signs everything and wants what is forged rejected. */
  zone(policy = 'reject') {
    return {
      [this.name]: { TXT: ['v=spf1 ip4:127.0.0.1 -all'] },
      [`${this.selector}._domainkey.${this.name}`]: {
        TXT: [inStrings(`v=DKIM1; k=rsa; p=${this.publicKey}`)],
      },
      [`_dmarc.${this.name}`]: { TXT: [`v=DMARC1; p=${policy}`] },
    };
  }

  async sign(message: string): Promise<string> {
    const end = message.indexOf('\r\n\r\n') + 2;
    const body = [Buffer.from(message.slice(end + 2), 'utf8')];
    const key = { domain: this.name, selector: this.selector, privateKey: this.privateKey };
    return (await dkimSignature(message.slice(0, end), body, key, NOW)) + message;
  }
}

export const mailOf = (id: string, body = 'Hello\r\n', from = 'a@peer.test') =>
  [
    `From: A <${from}>`,
    'To: b@gent.test',
    `Subject: Mail ${id}`,
    `Message-ID: <${id}@peer.test>`,
    'Date: Thu, 01 Jan 2026 00:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    body,
  ].join('\r\n');
