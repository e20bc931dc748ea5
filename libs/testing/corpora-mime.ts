import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMessage } from '#mail/message/parse-message';
import type { MailAddress, ParsedMessage } from '#mail/message/parsed-message';
import type { Comparison } from './corpora.js';

/** What the other parser read: its file beside each message. */
type Oracle = {
  text_body: number[];
  html_body: number[];
  attachments: number[];
  parts: { headers: { name: string | { other: string }; value: unknown }[]; body: Record<string, unknown> }[];
};
type Address = { name: string | null; address: string | null };

/** Compares every message of the collection with how another parser reads it: both line endings. */
export const compareMime = (folder: string): Comparison[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .flatMap((name) => {
      const lf = readFileSync(join(folder, name)).toString('latin1').replace(/\r\n/g, '\n');
      return ['', '.crlf'].map((form) => {
        const oracle = JSON.parse(
          readFileSync(join(folder, name.replace(/\.eml$/, `${form}.json`)), 'utf8'),
        ) as Oracle;
        const raw = Buffer.from(form === '' ? lf : lf.replace(/\n/g, '\r\n'), 'latin1');
        return {
          name: name + form,
          counts: !name.startsWith('malformed'),
          differences: differences(parseMessage(raw), oracle),
        };
      });
    });

const differences = (message: ParsedMessage, oracle: Oracle): string[] => {
  if (message.unparsed) return [`unparsed: ${message.unparsed}`];
  const found: string[] = [];
  const check = (what: string, ours: unknown, theirs: unknown) => {
    const [left, right] = [JSON.stringify(ours), JSON.stringify(theirs)];
    if (left !== right) found.push(`${what}: ${shown(left)} instead of ${shown(right)}`);
  };
  check('subject', squeezed(message.headers.subject), squeezed(textOf(oracle, 'subject')));
  const { from, to, cc } = message.headers;
  check('from', from ? [plain(from)] : [], addresses(oracle, 'from').slice(0, 1));
  check('to', to.map(plain), addresses(oracle, 'to'));
  check('cc', cc.map(plain), addresses(oracle, 'cc'));
  const theirText = bodies(oracle, oracle.text_body, 'Text');
  if (theirText.length > 0 && oracle.text_body.every((at) => !('Html' in bodyAt(oracle, at))))
    check('text', squeezed(message.text ?? ''), squeezed(theirText.join(' ')));
  const theirHtml = bodies(oracle, oracle.html_body, 'Html');
  if (theirHtml.length === oracle.html_body.length && theirHtml.length > 0)
    check('html', squeezed(message.html ?? ''), squeezed(theirHtml.join(' ')));
  const attached = oracle.attachments.map((at) => bodyAt(oracle, at));
  check('attachments', message.attachments.length, attached.length);
  attached.forEach((body, at) => {
    const theirs = contentOf(body);
    const ours = message.attachments[at]?.content;
    if (theirs && ours && !same(Buffer.from(ours), theirs)) found.push(`attachment ${at + 1} differs`);
  });
  return found;
};

const bodyAt = (oracle: Oracle, at: number) => oracle.parts[at]!.body;
const bodies = (oracle: Oracle, list: readonly number[], kind: string) =>
  list.flatMap((at) => (kind in bodyAt(oracle, at) ? [bodyAt(oracle, at)[kind] as string] : []));

const contentOf = (body: Record<string, unknown>): Buffer | null => {
  const bytes = body['Binary'] ?? body['InlineBinary'];
  if (bytes) return Buffer.from(bytes as number[]);
  const text = body['Text'] ?? body['Html'];
  return typeof text === 'string' ? Buffer.from(text) : null;
};
/** Text was decoded there: compare it where both are ASCII, without regard to line ends. */
const same = (ours: Buffer, theirs: Buffer) => {
  if (ours.equals(theirs)) return true;
  const [left, right] = [ours, theirs].map((one) => one.toString('latin1').replace(/\r+\n?|\n/g, '\n'));
  return left === right || /[\x80-\xff]/.test(left! + right!);
};

const valueOf = (oracle: Oracle, name: string) =>
  oracle.parts[0]?.headers.filter((one) => one.name === name).map(({ value }) => value) ?? [];
const textOf = (oracle: Oracle, name: string): string => {
  const value = valueOf(oracle, name).at(-1) as { Text?: string } | undefined;
  return value?.Text ?? '';
};
const addresses = (oracle: Oracle, name: string) =>
  valueOf(oracle, name).flatMap((value) => {
    const { Address: field } = value as {
      Address?: { List?: Address[]; Group?: { addresses: Address[] }[] };
    };
    return (field?.List ?? field?.Group?.flatMap(({ addresses: list }) => list) ?? [])
      .filter(({ address }) => address?.includes('@'))
      .map(({ name: label, address }) => [squeezed(label ?? ''), address!.toLowerCase()]);
  });
const plain = ({ email, name }: MailAddress) => [squeezed(name ?? ''), email.toLowerCase()];
const squeezed = (text: string) => text.replace(/\s+/g, ' ').trim();
const shown = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
