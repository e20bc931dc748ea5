/** An SMTP reply somewhere in a text: its code, its enhanced status where it has one (RFC 2034), and its words. */
export type Reply = Readonly<{ code: string; status: string | null; text: string }>;

const STATUS = /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/;
const REPLY =
  /(?<![\d.:/-])([245][0-5]\d)[ \t:,-]{1,3}(?:[245]\d\d[ \t-]{1,3})?#?(?:([245]\.\d{1,3}\.\d{1,3})(?!\.?\d))?[^\n]{0,600}(?:\n[ \t]+[^\n]{1,200}){0,3}/g;

/** The first enhanced status of this class, or of any. */
export const statusIn = (text: string, klass?: string): string | null => {
  for (const [, status] of text.matchAll(new RegExp(STATUS, 'g')))
    if (!klass || status!.startsWith(klass)) return status!;
  return null;
};

/** The replies in a text; of a dialogue, refusals only. Not a date, an address or a port. */
export const repliesIn = (text: string): Reply[] => {
  const found: Reply[] = [];
  for (const match of text.replace(/(?<=code\s{0,3}):?\s{0,3}(?=[245]\d\d\b)/gi, ' ').matchAll(REPLY)) {
    const [whole, code, status] = match as unknown as [string, string, string | undefined];
    if (PLAUSIBLE.has(code) && /[A-Za-z(<]|#?[245]\.\d/.test(whole.slice(3)))
      found.push({ code, status: status ?? statusIn(whole, code[0]) ?? null, text: whole.trim() });
    if (found.length >= 50) break;
  }
  return found;
};

/** Codes that SMTP has, standard or in wide use: other numbers in a text are something else. */
const PLAUSIBLE = new Set(
  '421 422 431 432 441 442 446 447 449 450 451 452 454 455 471 499 500 501 502 503 504 510 511 512 513 515 521 522 523 530 534 535 538 540 541 550 551 552 553 554 555 556 557 571 250'.split(
    ' ',
  ),
);

/** Whether a reply only says that every recipient was refused before: to DATA that was sent along (RFC 2920). */
export const isConsequence = (reply: string): boolean =>
  /^\W*(503|554)\b[^\n]{0,60}\b(need rcpt|no (valid )?recipients|(rcpt|recipients?) (first|must)|sequence of commands)\b/i.test(
    reply,
  );

/** `x.0.0`: nothing but its class is said. */
export const isVague = (status: string | null): boolean => status === null || /^\d\.0\.0$/.test(status);

export type SmtpCommand = 'HELO' | 'MAIL' | 'RCPT' | 'DATA';

/** At which command the peer refused, where the words tell: postfix, exim, qmail, sendmail and Gmail each say it. */
export const commandIn = (text: string): SmtpCommand | null => {
  const told =
    /(?:in reply to|after|for|while sending|response to|in response to|error (?:on|in)|\[|sent:?)\s*(?:sending\s+)?(?:the\s+)?(end of data|helo|ehlo|mail(?=[ _]from\b|[\])]|$)|rcpt|data)(?![a-z]|[.-][a-z])/i.exec(
      text,
    )?.[1] ??
    /\b(final data)\b/i.exec(text)?.[1] ??
    lastSent(text);
  if (told) return COMMANDS[told.toLowerCase()] ?? null;
  const words = PHRASES.find(([pattern]) => pattern.test(text));
  return words?.[1] ?? null;
};

const COMMANDS: Readonly<Record<string, SmtpCommand>> = {
  helo: 'HELO',
  ehlo: 'HELO',
  mail: 'MAIL',
  rcpt: 'RCPT',
  data: 'DATA',
  'end of data': 'DATA',
  'final data': 'DATA',
};

const PHRASES: readonly (readonly [RegExp, SmtpCommand])[] = [
  [/does not like recipient|did not like our rcpt|\(state (?:12|14|15)\)|(?<=\S.{0,200})rcpt to:/i, 'RCPT'],
  [/^[^\w\n\r\u2028\u2029]*rcpt to:\s*<?[^\s@]+@[^\s@]+\s+[45]\d\d\b/im, 'RCPT'],
  [/sender was rejected|did not like our mail|\(state (?:6|13)\)/i, 'MAIL'],
  [/failed after i sent the message|-smtp command\n+data\b|\(state (?:17|18)\)/i, 'DATA'],
];

/** Of a transcript: what was sent in front of the first refusal, or what that must answer. */
const lastSent = (text: string): string | undefined => {
  const sent = /^[>\s]*>>>\s*(helo|ehlo|mail|rcpt|data)\b/i;
  let last: string | undefined;
  const lines = text.split('\n');
  for (const line of lines) {
    last = sent.exec(line)?.[1] ?? last;
    if (last === undefined || !/^[>\s]*<<<\s*[45]/.test(line)) continue;
    return lines.some((one) => /^[>\s]*<<</.test(one) && isConsequence(one)) ? 'rcpt' : last;
  }
  return last;
};
