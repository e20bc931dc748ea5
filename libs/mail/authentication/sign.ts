import { sign, type KeyObject } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { BodyHash, canonicalField } from './canonical.js';

/** `domain`: A-labels. The key is RSA; its public half stands at `<selector>._domainkey.<domain>`. */
export type SigningKey = Readonly<{ domain: string; selector: string; privateKey: KeyObject }>;

/** Nobody may add a second one of these, nor one that was not there (RFC 6376 section 8.15). */
const OVERSIGNED = ['from', 'to', 'subject', 'date'];
const SIGNED = [
  ...OVERSIGNED,
  'reply-to',
  'cc',
  'message-id',
  'in-reply-to',
  'references',
  'auto-submitted',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
];

/** Others get their turn after this much hashing. */
const TURN = 1024 * 1024;

/**
 * The DKIM-Signature field of a message (RFC 6376: rsa-sha256, relaxed/relaxed), line end and all, to stand before
 * its `header`. RSA takes about a millisecond: this belongs into a thread. `at`: ISO 8601.
 */
export const dkimSignature = async (
  header: string,
  body: readonly Buffer[],
  { domain, selector, privateKey }: SigningKey,
  at: string,
): Promise<string> => {
  const fields = fieldsOf(header);
  const chosen = SIGNED.flatMap((name) => fields.filter((field) => field.name === name).reverse());
  const names = [...chosen.map(({ name }) => name), ...OVERSIGNED];
  const tags = [
    'v=1;',
    'a=rsa-sha256;',
    'c=relaxed/relaxed;',
    `d=${domain};`,
    `s=${selector};`,
    `t=${Math.floor(Date.parse(at) / 1_000)};`,
    `h=${folded(names.join(':'), /.{1,60}(?::|$)/g)};`,
    `bh=${await bodyHash(body)};`,
    'b=',
  ];
  const unsigned = `DKIM-Signature: ${tags.join('\r\n\t')}`;
  const data = [...chosen.map(({ raw }) => raw), unsigned]
    .map((raw) => canonicalField(raw, 'relaxed'))
    .join('\r\n');
  const signature = sign('sha256', Buffer.from(data, 'utf8'), privateKey);
  return `${unsigned}${folded(signature.toString('base64'), /.{1,70}/g)}\r\n`;
};

const folded = (text: string, pieces: RegExp): string => (text.match(pieces) ?? []).join('\r\n\t ');

type Field = Readonly<{ name: string; raw: string }>;

const fieldsOf = (header: string): readonly Field[] =>
  header
    .split(/\r\n(?![ \t])/)
    .filter((raw) => raw.includes(':'))
    .map((raw) => ({ name: raw.slice(0, raw.indexOf(':')).trim().toLowerCase(), raw }));

/** Others get their turn between the pieces of a large one. */
const bodyHash = async (body: readonly Buffer[]): Promise<string> => {
  const hash = new BodyHash('relaxed');
  let sinceTurn = 0;
  for (const chunk of body) {
    hash.update(chunk);
    sinceTurn += chunk.length;
    if (sinceTurn > TURN) {
      sinceTurn = 0;
      await setImmediate();
    }
  }
  return hash.digest();
};
