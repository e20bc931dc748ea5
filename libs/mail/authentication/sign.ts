import { createHash, sign as signBytes, type KeyObject } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

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
 * its `header`. The RSA work is done on Node's thread pool. `at`: ISO 8601.
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
  const data = [...chosen.map(({ raw }) => relaxedField(raw)), relaxedField(unsigned)].join('\r\n');
  const signature = await new Promise<Buffer>((resolve, reject) =>
    signBytes('sha256', Buffer.from(data, 'utf8'), privateKey, (error, made) =>
      error ? reject(error) : resolve(made),
    ),
  );
  return `${unsigned}${folded(signature.toString('base64'), /.{1,70}/g)}\r\n`;
};

const folded = (text: string, pieces: RegExp): string => (text.match(pieces) ?? []).join('\r\n\t ');

type Field = Readonly<{ name: string; raw: string }>;

const fieldsOf = (header: string): readonly Field[] =>
  header
    .split(/\r\n(?![ \t])/)
    .filter((raw) => raw.includes(':'))
    .map((raw) => ({ name: raw.slice(0, raw.indexOf(':')).trim().toLowerCase(), raw }));

/** RFC 6376 section 3.4.2. */
const relaxedField = (raw: string): string => {
  const colon = raw.indexOf(':');
  const value = raw
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim();
  return `${raw.slice(0, colon).trim().toLowerCase()}:${value}`;
};

/** RFC 6376 section 3.4.4, line by line as the chunks come. */
const bodyHash = async (body: readonly Buffer[]): Promise<string> => {
  const hash = createHash('sha256');
  let rest = '';
  let emptyLines = '';
  let sinceTurn = 0;
  const add = (text: string) => {
    const canonical = text.replace(/[ \t]+/g, ' ').replace(/ (?=\r\n)/g, '');
    const end = endOfContent(canonical);
    if (end === 0) return void (emptyLines += canonical);
    hash.update(emptyLines + canonical.slice(0, end), 'latin1');
    emptyLines = canonical.slice(end);
  };
  for (const chunk of body) {
    const text = rest + chunk.toString('latin1');
    const cut = text.lastIndexOf('\r\n') + 2;
    rest = cut > 1 ? text.slice(cut) : text;
    if (cut > 1) add(text.slice(0, cut));
    sinceTurn += chunk.length;
    if (sinceTurn > TURN) {
      sinceTurn = 0;
      await setImmediate();
    }
  }
  if (rest) add(`${rest}\r\n`);
  return hash.digest('base64');
};

/** Past the last line that is not empty, its line end included. */
const endOfContent = (lines: string): number => {
  let end = lines.length;
  while (end >= 4 && lines.startsWith('\r\n\r\n', end - 4)) end -= 2;
  return end === 2 && lines.startsWith('\r\n') ? 0 : end;
};
