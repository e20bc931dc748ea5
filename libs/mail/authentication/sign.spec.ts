import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { dkimSignature } from './sign.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { domain: 'agents.example', selector: 'gent', privateKey };
const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
const at = '2026-03-01T09:05:07.000Z';

const signed = async (header: string, body: readonly Buffer[]) =>
  Buffer.concat([Buffer.from(`${await dkimSignature(header, body, key, at)}${header}\r\n`, 'utf8'), ...body]);

const verified = async (message: Buffer) => {
  const resolver = async (name: string) =>
    name === 'gent._domainkey.agents.example' ? [[record]] : Promise.reject(new Error('No other name'));
  const { results } = await dkimVerify(message, { resolver, curTime: new Date(at) });
  return results.map(({ signingDomain, status }) => `${signingDomain}: ${status.result}`);
};

const header = [
  'From: "Änn" <ann@agents.example>',
  'To: a@mail.example,',
  '\tb@mail.example',
  'Subject: Hi  there',
]
  .concat('Date: Sun, 1 Mar 2026 09:05:07 +0000', '')
  .join('\r\n');

describe('what we sign', () => {
  it('another implementation verifies, however the body is made and cut', async () => {
    const line = fc.constantFrom('', ' ', '\t', 'a', 'a  b ', '.', 'word \t word', 'é'.repeat(40));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 20 }),
        fc.array(fc.nat(200), { maxLength: 4 }),
        async (lines, cuts) => {
          const body = Buffer.from(lines.map((each) => `${each}\r\n`).join(''), 'utf8');
          const places = [
            0,
            ...cuts.map((cut) => Math.min(cut, body.length)).sort((a, b) => a - b),
            body.length,
          ];
          const chunks = places.slice(1).map((end, index) => body.subarray(places[index], end));
          expect(await verified(await signed(header, chunks))).toEqual(['agents.example: pass']);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is void once a signed field is changed or a second one put before it', async () => {
    const message = (await signed(header, [Buffer.from('Hi\r\n')])).toString();
    for (const name of ['From', 'Subject', 'To', 'Date'])
      expect(await verified(Buffer.from(`${name}: eve@mail.example\r\n${message}`))).not.toEqual([
        'agents.example: pass',
      ]);
    expect(await verified(Buffer.from(message.replace('Hi  there', 'Ho')))).not.toEqual([
      'agents.example: pass',
    ]);
    expect(message).toMatch(/^DKIM-Signature: v=1;/);
  });
});
