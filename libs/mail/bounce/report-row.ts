import { once } from './once.js';
import { isHard, meaningOf, reasonOf } from './reasons.js';
import type { ReportedRecipient } from './report.js';
import { commandIn, isConsequence, isVague, repliesIn, statusIn, type Reply } from './status-code.js';

export type Action = 'failed' | 'delayed' | 'delivered';

/** What the texts of one report say; rows of the same report share them. */
export const readings = () => ({
  repliesIn: once(repliesIn),
  statusIn: once((text) => statusIn(text, '5') ?? statusIn(text, '4')),
  commandIn: once(commandIn),
  answeredIn: once(answeredIn),
  statedIn: once(statedIn),
  rejects: once((text) => /rejected address/i.test(text)),
  meaningOf: once(meaningOf),
});

/** One recipient, from the fields of a report and from the words around. */
export const row = (
  read: ReturnType<typeof readings>,
  email: string | null,
  action: Action,
  given: string | null,
  diagnostic: string,
  words: string,
  { peer = '', byRule = false } = {},
): ReportedRecipient => {
  const klass = action === 'delayed' ? '4' : action === 'delivered' ? '2' : undefined;
  const useful = /[A-Za-z]{3}/.test(diagnostic);
  const source = useful ? diagnostic : words;
  const replies = read.repliesIn(source);
  const [answer] = read.repliesIn(read.answeredIn(source));
  const told = answer?.status ? answer : bestOf(replies, email);
  const exact = isVague(given) ? (told?.status ?? read.statusIn(source) ?? given) : given;
  const status = exact ?? `${klass ?? told?.code[0] ?? '5'}.0.0`;
  const evidence = {
    texts: [useful ? diagnostic : '', read.answeredIn(source), told?.text ?? read.statedIn(source)(exact)],
    notice: words,
    status: exact,
    command: read.commandIn(diagnostic) ?? read.commandIn(words),
    byRule,
    peer,
    delayed: action === 'delayed',
    structured: useful && (given === null || !isVague(given) || read.rejects(words)),
  };
  const guess = reasonOf(evidence, read.meaningOf);
  const reason = action === 'delivered' ? action : guess;
  const reply = (useful ? diagnostic : (told?.text ?? ''))
    .replace(/[\s\0-\x1f\x7f]+/g, ' ')
    .trim()
    .slice(0, 1_000);
  return {
    email,
    action,
    status,
    reply: reply || null,
    reason,
    hard: action === 'failed' && isHard(reason, status),
  };
};

/** Of a transcript: the peer's last refusal, whatever our side of it made of that. */
const answeredIn = (words: string): string =>
  words
    .split('\n')
    .findLast((line) => /^[> \t]*<<<[ \t]*[45]\d\d[ -]/.test(line) && !isConsequence(line))
    ?.replace(/^[> \t]*<<</, '') ?? '';

/** What a system says of itself, without a reply: the words that a code ends, or those under a heading for them. */
const statedIn = (words: string): ((status: string | null) => string) => {
  const byCode = new Map<string, string>();
  for (const line of words.split('\n'))
    for (const [, code] of line.matchAll(/\(#([245]\.\d{1,3}\.\d{1,3})\)/g))
      if (!byCode.has(code!)) byCode.set(code!, line);
  const under = /^[ =*-]*failure reasons?[ :=*-]*\n\s*([^\s@][^\n@]*)\n/im.exec(words)?.[1];
  return (status) => (status && byCode.get(status)) ?? under ?? '';
};

/** The one that names the recipient, else the last refusal. */
const bestOf = (replies: readonly Reply[], email: string | null): Reply | null => {
  const refusals = replies.filter(({ code, text }) => !code.startsWith('2') && !isConsequence(text));
  const named = refusals.filter(
    ({ text }) => email !== null && text.toLowerCase().includes(email.toLowerCase()),
  );
  return named.at(-1) ?? refusals.at(-1) ?? replies.at(-1) ?? null;
};
