import { parseAddresses } from '../address/address-list.js';
import { allValues, type HeaderBlock } from '../message/header.js';
import { ADDRESS } from './address-pattern.js';
import { emailsIn } from './emails-in.js';
import { isDaemon } from './report-signs.js';

/** A recipient that a notice names, the address that stood in its place when the mail was sent, and what it says. */
export type Named = Readonly<{ email: string; sentTo: string; about: string }>;

const MOST_RECIPIENTS = 100;

const EACH = new RegExp(ADDRESS, 'g');
/** An address that is what the line is about: alone, in front of its reason, or introduced by the words for it. */
const LEADING = new RegExp(
  `^[\\s*>|]*(?:[45]\\d\\d (?:[45]\\.\\d+\\.\\d+ )?(?=<))?(?:(?:-{1,3}|\\d{1,3}[.)]|\\*)\\s+)?(?:(?:address(?:ed)?(?: to)?|recipients?|user|rcpt to|original recipient|sent to|final-recipient|failed recipient|e-?mail(?: address)?)\\s*[:=]\\s*(?:rfc822\\s*;\\s*)?)?["'\\[(<]{0,2}(?:smtp:|mailto:)?(${ADDRESS.source})["'\\])>]{0,2}(?=\\s*(?:[:;,(\\[.\\-]|$|\\s+(?:on|is|was|because|could|has|does|not|unknown)\\b|\\s{2,}|\\s*<))`,
  'i',
);
const INTRODUCED = new RegExp(
  `(?<![\\w@.])(?:deliver\\w{0,20}|mail|message|sent|send|error\\w{0,20}|rcpt|recipient|address|user|account|mailbox|failed|from)\\b[^\\n@]{0,60}?\\s(?:(?:to|for|with|of|address|recipient|user)(?=[\\s:=<"'[(])|:)?[:=]?\\s*["'\\[(<]{0,2}(${ADDRESS.source})`,
  'i',
);
/** An X.400 address that Exchange made of one it has no directory entry for. */
const FOREIGN = new RegExp(`\\bdda:smtp=(${ADDRESS.source})`, 'i');
/** Words, a colon, and the address that they are about. */
const TRAILING = new RegExp(`^[^@:\\n]{3,100}:\\s*<?(${ADDRESS.source})>?[.\\s]*$`);
const DIALOGUE = new RegExp(`rcpt to:\\s*<?(${ADDRESS.source})`, 'i');

/**
 * The recipients that a notice tells about, each with the lines up to the next one. What the header names in
 * X-Failed-Recipients counts before anything in the text; the addresses of the two parties never do.
 */
export const namedRecipients = (header: HeaderBlock, notice: string): Named[] => {
  const lines = notice.split('\n').slice(0, 2_000);
  const strangers = new Set([
    ...emailsIn(header, 'from'),
    ...emailsIn(header, 'to'),
    ...emailsIn(header, 'reply-to'),
    ...emailsIn(header, 'sender'),
  ]);
  const failed = allValues(header, 'x-failed-recipients').flatMap(parseAddresses);
  if (failed.length > 0)
    return about(
      lines,
      failed.slice(0, MOST_RECIPIENTS).map(({ email }) => email),
      strangers,
    );
  for (const pattern of [LEADING, FOREIGN, DIALOGUE, TRAILING, INTRODUCED]) {
    const found = lines
      .filter((line) => line.includes('@') && !SENDERS.test(line) && !ADDRESSED.test(line))
      .flatMap((line) => listed(pattern, line.slice(0, 1_000)));
    const emails = unique(found, strangers);
    if (emails.length > 0) return about(lines, emails, strangers);
    // Mail to oneself comes back too.
    const own = pattern === LEADING ? unique(found, new Set(emailsIn(header, 'from'))) : [];
    if (own.length > 0) return about(lines, own, strangers);
  }
  const any = unique(
    lines.filter((line) => !SENDERS.test(line)).flatMap((line) => line.slice(0, 1_000).match(EACH) ?? []),
    strangers,
  );
  return about(lines, any.slice(0, 1), strangers);
};

/** The address that a pattern finds, and those in a row with it. */
const listed = (pattern: RegExp, line: string): string[] => {
  const found = pattern.exec(line);
  if (found === null) return [];
  const end = found.index + found[0].lastIndexOf(found[1]!) + found[1]!.length;
  const row = FURTHER.exec(line.slice(end))?.[0] ?? '';
  return [found[1]!, ...(row.match(EACH) ?? [])];
};

const FURTHER = new RegExp(`^(?:[>"'\\])]*\\s*[,;]\\s*[<"'\\[(]*${ADDRESS.source})+`);

const unique = (emails: readonly string[], strangers: ReadonlySet<string>): string[] => {
  const seen = new Set(strangers);
  return emails
    .map((email) => email.replace(/^[-.'=]+|(?<![-.'=])[-.'=]+$/g, ''))
    .filter((email) => {
      const key = email.toLowerCase();
      const [local = '', domain = ''] = key.split('@');
      const wanted = !seen.has(key) && !isDaemon(local) && domain.includes('.');
      seen.add(key);
      return wanted;
    })
    .slice(0, MOST_RECIPIENTS);
};

/** Lines about the sender, or whom to ask. */
const SENDERS =
  /mail from|^\s*(from|sender|reply-to|return-path|message-id|contact|.{0,40}please contact)\s*:?\s/i;
/** A line of the message's header: whom it was for, whether or not it failed there. */
const ADDRESSED = /^\s*(to|cc)\s*:?\s/i;

const isDialogue = (line: string) => /^\s*(<<<|>>>|(\.\.\. )?while talking)/.test(line);

const MOST_ABOUT = 4_000;

/** The lines from one that names it to the next that names another. */
const about = (
  lines: readonly string[],
  emails: readonly string[],
  strangers: ReadonlySet<string>,
): Named[] => {
  const lower = lines.map((line) => line.toLowerCase());
  const keys = emails.map((email) => email.toLowerCase());
  const names = lower.map((line) => (line.includes('@') && !isDialogue(line) ? namedIn(line, keys) : []));
  const owners: (readonly number[])[] = [];
  let owner: readonly number[] = [];
  for (const named of names) {
    if (named.length > 0) owner = named;
    owners.push(owner);
  }
  // Some say first why, then whom.
  names.forEach((named, at) => {
    if (named.length === 0) return;
    let start = at;
    while (start > 0 && lower[start - 1]!.trim() !== '' && names[start - 1]!.length === 0) start--;
    if (start === 0 || lower[start - 1]!.trim() === '') owners.fill(named, start, at);
  });
  // In a transcript the dialogue stands in front of what came of it.
  for (let at = lines.length - 2; at >= 0; at--)
    if (isDialogue(lower[at]!)) owners[at] = owners[at + 1] ?? [];
  const whole = emails.length === 1;
  return emails.map((email, index) => {
    const told = lines
      .filter((_, at) => whole || owners[at]!.includes(index))
      .join('\n')
      .slice(0, MOST_ABOUT);
    const alias = ALIAS.exec(told)?.[1];
    return { email, sentTo: alias && !strangers.has(alias.toLowerCase()) ? alias : email, about: told };
  });
};

/** Exim and sendmail say below an address which one led to it. */
const ALIAS = new RegExp(
  `\\((?:ultimately )?(?:generated|expanded) from:?\\s+<?(${ADDRESS.source})>?\\)`,
  'i',
);

/** Which of the addresses a line names, but for those that only end another one. */
const namedIn = (line: string, keys: readonly string[]): number[] => {
  const found = [...keys.keys()].filter((index) => line.includes(keys[index]!));
  return found.filter((one) => !found.some((other) => other !== one && keys[other]!.endsWith(keys[one]!)));
};
