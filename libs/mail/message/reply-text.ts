import { MESSAGE_LIMITS } from './limits.js';

/**
 * What the sender of a message wrote, above, below or between what is quoted: without quoted lines, without what
 * introduces them ("On … wrote:", the header block of Outlook) and without the signature block. Of a forward the
 * forwarded message stays, since no one has it yet. Linear in time; more than anyone types is given as it is.
 */
export const replyText = (text: string, isForward = false): string => {
  if (text.length > MESSAGE_LIMITS.quotingText) return text;
  const lines = text.split('\n').map((line) => line.trimEnd());
  const end = isForward ? lines.length : historyStart(lines);
  const own = withoutQuotes(lines.slice(0, end));
  return tidy(withoutMobileFooter(own));
};

/** Most lines begin with a letter: no pattern of a mark needs to be tried on them. */
const mayBeMark = (line: string): boolean => {
  const first = line.charCodeAt(0) | 0x20;
  return first < 0x61 || first > 0x7a;
};

const QUOTED = /^\s{0,3}(?:>|\|\s)/;
const isQuoted = (line: string) => mayBeMark(line) && QUOTED.test(line) && !line.startsWith('>From ');

/** Quoted lines and their introductions go, and a signature up to where the next quotation begins. */
const withoutQuotes = (lines: readonly string[]): string[] => {
  const kept: string[] = [];
  let [inSignature, hasText] = [false, false];
  let colon = -1;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (isQuoted(line)) {
      inSignature = false;
      continue;
    }
    if (colon < at) colon = nextColon(lines, at);
    const introduced = introductionEnd(lines, at, colon);
    if (introduced !== null) {
      const next = nextText(lines, introduced);
      inSignature = false;
      if (next !== null && !isQuoted(lines[next]!) && hasText) return kept;
      at = introduced - 1;
      kept.push('');
      continue;
    }
    if (mayBeMark(line) && SIGNATURE.test(line)) inSignature = true;
    if (inSignature) continue;
    kept.push(line);
    hasText ||= line !== '';
  }
  return kept;
};

const SIGNATURE = /^(?:--|—)\s*$/;

const nextText = (lines: readonly string[], from: number): number | null => {
  for (let at = from; at < Math.min(lines.length, from + 20); at++) if (lines[at] !== '') return at;
  return null;
};

const WROTE =
  /(?:\bwrote|\bwrites|\bschrieb|\bschreef|\ba écrit|\bescribi[oó]|\bha scritto|\bescreveu|\bskrev|\bskrifaði|\bkirjoitti|\bnapsal\(?a?\)?|\bnapísala?|\bnapisał\(?a?\)?|\bírta|\ba scris|написала?|пише|\bpisze|写道|写了|寫道|のメール|님이 작성|đã viết|yazdı|şunu yazdı|έγραψε|כתב)[^:]{0,80}[:：]$/iu;
const STARTS =
  /^\s*(?:on|am|le|el|il|em|op|den|på|ons|tors|fre|lör|sön|mån|tis|ma|ti|ke|to|pe|la|su|dne|w dniu|dnia|în|pe|вс|пн|вт|ср|чт|пт|сб|στις|at|a|wt|pon|śr|czw|pt|sob|niedz|\d{1,4}[-./年]|\p{Lu}|"|<)/iu;
/** As Gmail writes in many languages: a date or time, then `Name <address>:` and no verb. */
const NAMED = /^\s*\d{4}[-年/.].{4,120}<[^<>\s]{3,200}@[^<>\s]{3,200}>\s*[:：]$/u;
/** A verb after the address, in front of it, or a name alone with the verb. */
const WITH_DATE = /\d{1,4}|@/;

/** Where the introduction that starts at this line ends; it may be wrapped over four lines and ends in a colon. */
const introductionEnd = (lines: readonly string[], at: number, colon: number): number | null => {
  if (colon - at >= 4 || !STARTS.test(lines[at]!)) return null;
  const wrapped = lines.slice(at, colon + 1);
  if (wrapped.some((line) => line === '' || line.length > 300 || isQuoted(line))) return null;
  const joined = wrapped.map((line) => line.trimStart()).join(' ');
  const told = WROTE.test(joined) && (WITH_DATE.test(joined) || joined.length < 80);
  return told || NAMED.test(joined) ? colon + 1 : null;
};

/** The first line from there on that ends in a colon; Infinity where none does. */
const nextColon = (lines: readonly string[], from: number): number => {
  for (let at = from; at < lines.length; at++)
    if (lines[at]!.endsWith(':') || lines[at]!.endsWith('：')) return at;
  return Infinity;
};

const SEPARATOR =
  /^\s*[-_*]{2,}\s*(?:original(?: |-)?(?:message|appointment|meddelande|nachricht)|reply message|reply above this line|ursprüngliche (?:nachricht|e-?mail)|ursprungligt meddelande|message d['’]origine|message original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|původní zpráva|wiadomość oryginalna|исходное сообщение|原始邮件|原始郵件|元のメッセージ)\s*(?:[-_*]+\s*)?$/iu;
const FROM =
  /^\s*\*?(?:from|von|de|da|van|från|fra|od|от|lähettäjä|kimden|feladó|expéditeur|remitente|mittente|发件人|寄件者|差出人|보낸 사람)\s?\*?\s?[:：]\*?\s*\S/iu;
const OTHERS = [
  /^\s*\*?(?:sent|date|gesendet|datum|envoyé|enviado(?: el)?|fecha|inviato|data|verzonden|skickat|sendt|dato|odesláno|wysłano|отправлено|дата|lähetetty|päiväys|gönderildi|发送时间|日期|送信日時|日付|날짜|보낸 날짜)\s?\*?\s?[:：]/iu,
  /^\s*\*?(?:to|an|à|para|a|aan|till|til|komu|do|кому|vastaanottaja|kime|收件人|宛先|받는 사람)\s?\*?\s?[:：]/iu,
  /^\s*\*?(?:subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|předmět|temat|тема|aihe|konu|主题|主旨|件名|제목)\s?\*?\s?[:：]/iu,
];

const MOST_CANDIDATES = 500;

/** The first line of a history that nobody marked with `>`: a separator, or the header block of Outlook and its like. */
const historyStart = (lines: readonly string[]): number => {
  let candidates = 0;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.length > 300 || isQuoted(line)) continue;
    if (mayBeMark(line) && SEPARATOR.test(line)) return at;
    if (!line.includes(':') && !line.includes('：')) continue;
    if (candidates < MOST_CANDIDATES && FROM.test(line) && ++candidates && isHeaderBlock(lines, at))
      return rulerBefore(lines, at);
  }
  return lines.length;
};

const isHeaderBlock = (lines: readonly string[], at: number): boolean => {
  const block = lines.slice(at + 1, at + 8).filter((line) => line.length <= 1_000);
  return OTHERS.filter((pattern) => block.some((line) => pattern.test(line))).length >= 2;
};

const rulerBefore = (lines: readonly string[], at: number): number => {
  let start = at;
  while (start > 0 && lines[start - 1] === '') start--;
  return start > 0 && /^\s*[_-]{5,}\s*$/.test(lines[start - 1]!) ? start - 1 : at;
};

const MOBILE =
  /^\s*(?:sent from (?:my |mail for|yahoo|outlook|proton)|get outlook for|von meinem .{1,40} gesendet|gesendet von |envoyé de(?:puis)? mon |enviado desde mi |inviato da(?:l mio)? |verzonden (?:vanaf|met) mijn |skickat från min |sendt fra min |отправлено с |iPhoneから送信|发自我的)/iu;

/** What a telephone adds as the last line. */
const withoutMobileFooter = (lines: readonly string[]): readonly string[] => {
  let last = lines.length - 1;
  while (last >= 0 && lines[last] === '') last--;
  const line = lines[last];
  return line !== undefined && line.length < 120 && MOBILE.test(line) ? lines.slice(0, last) : lines;
};

/** No empty lines around, and one at most where something was taken out. */
const tidy = (lines: readonly string[]): string =>
  lines
    .filter((line, at) => line !== '' || lines[at - 1] !== '')
    .join('\n')
    .trim();
