import { REASON_WORDS } from './reason-words.js';
import type { SmtpCommand } from './status-code.js';

/** Why mail was not delivered, in the words in which bounces are commonly sorted. */
export const REASONS = [
  'userunknown',
  'hostunknown',
  'hasmoved',
  'notaccept',
  'mailboxfull',
  'mesgtoobig',
  'exceedlimit',
  'suspend',
  'filtered',
  'rejected',
  'blocked',
  'badreputation',
  'spamdetected',
  'virusdetected',
  'contenterror',
  'policyviolation',
  'authfailure',
  'requireptr',
  'securityerror',
  'norelaying',
  'notcompliantrfc',
  'speeding',
  'toomanyconn',
  'networkerror',
  'expired',
  'systemfull',
  'systemerror',
  'mailererror',
  'syntaxerror',
  'onhold',
  'feedback',
  'delivered',
  'undefined',
] as const;
export type Reason = (typeof REASONS)[number];

/** With these the address itself is at fault, and stays so. */
const HARD: ReadonlySet<Reason> = new Set(['userunknown', 'hostunknown', 'hasmoved', 'notaccept']);

export const isHard = (reason: Reason, status: string | null): boolean =>
  HARD.has(reason) && !status?.startsWith('4');

/** Codes of one meaning: RFC 3463, the registry that RFC 5248 began, and what Exchange Online adds. */
const EXACT: readonly (readonly [RegExp, Reason])[] = [
  [/^5\.1\.(1|10)$/, 'userunknown'],
  [/^5\.(1\.2|4\.310)$/, 'hostunknown'],
  [/^\d\.1\.6$/, 'hasmoved'],
  [/^\d\.2\.2$/, 'mailboxfull'],
  [/^5\.3\.4$/, 'mesgtoobig'],
  [/^5\.4\.4$/, 'hostunknown'],
  [/^\d\.4\.(6|14)$/, 'networkerror'],
  [/^\d\.4\.(7|300)$/, 'expired'],
  [/^\d\.7\.(50[1-3])$/, 'spamdetected'],
  [/^\d\.7\.(20|21|22|23|24|26|27|509)$/, 'authfailure'],
  [/^\d\.7\.25$/, 'requireptr'],
  [/^\d\.7\.64$/, 'norelaying'],
];

const STATUSES: readonly (readonly [RegExp, Reason])[] = [
  ...EXACT,
  [/^5\.1\.(0|3|4)$/, 'userunknown'],
  [/^\d\.1\.(7|8|9)$/, 'rejected'],
  [/^\d\.1\.90$/, 'exceedlimit'],
  [/^\d\.2\.1$/, 'suspend'],
  [/^\d\.2\.3$/, 'exceedlimit'],
  [/^\d\.2\.4$/, 'filtered'],
  [/^\d\.2\.12[12]$/, 'speeding'],
  [/^\d\.3\.1$/, 'systemfull'],
  [/^\d\.3\.2$/, 'notaccept'],
  [/^\d\.3\.4$/, 'mesgtoobig'],
  [/^\d\.3\./, 'systemerror'],
  [/^5\.4\.1$/, 'hostunknown'],
  [/^\d\.4\.312$/, 'networkerror'],
  [/^\d\.4\.(1|2|5)$/, 'expired'],
  [/^\d\.4\./, 'networkerror'],
  [/^\d\.5\.3$/, 'speeding'],
  [/^\d\.5\./, 'syntaxerror'],
  [/^\d\.6\./, 'contenterror'],
  [/^\d\.7\.(508|511|6\d\d)$/, 'blocked'],
  [/^\d\.7\.7\d\d$/, 'badreputation'],
  [/^\d\.7\./, 'securityerror'],
  [/^2\./, 'delivered'],
];

export type Evidence = Readonly<{
  /** What tells of the reason in the words of the system that refused, the nearest first. */
  texts: readonly string[];
  /** What is written for people around them. */
  notice: string;
  status: string | null;
  command: SmtpCommand | null;
  /** The words stand in a field of a delivery status that does not leave the code open, not in a text for people. */
  structured: boolean;
  /** The recipient lets a rule refuse mail, in words that the rule chose. */
  byRule: boolean;
}>;

/** Codes that say it as exactly as words do, and that nobody uses for anything else. */
const SPEAKING: ReadonlySet<Reason> = new Set(['rejected', 'hasmoved', 'exceedlimit']);

/** Why: from the words of who refused, then an exact code, then the words around, then what the code hints at. */
export const reasonOf = (evidence: Evidence): Reason => {
  const { texts, notice, status, command } = evidence;
  const byStatus = reasonIn(STATUSES, status);
  if (byStatus !== undefined && SPEAKING.has(byStatus)) return byStatus;
  const around = worded(evidence, notice);
  const told =
    texts.map((text) => worded(evidence, text)).find((reason) => reason !== null) ??
    // A scanner that found something often says that nobody is there.
    (around === 'virusdetected' ? around : (reasonIn(EXACT, status) ?? around));
  if (told !== null) return told;
  const refusedAddress = command === 'RCPT' && status?.startsWith('5') === true;
  return refusedAddress && (byStatus ?? 'syntaxerror') === 'syntaxerror'
    ? 'userunknown'
    : (byStatus ?? 'undefined');
};

const reasonIn = (table: readonly (readonly [RegExp, Reason])[], status: string | null) =>
  table.find(([pattern]) => status !== null && pattern.test(status))?.[1];

const worded = (evidence: Evidence, text: string): Reason | null => {
  const told = plainWords(text);
  const reason = REASON_WORDS.find(([, pattern]) => pattern.test(told))?.[0] ?? null;
  const { command } = evidence;
  if (command === 'MAIL' && (reason === 'userunknown' || reason === 'hostunknown')) return 'rejected';
  return reason === 'userunknown' && isDoubtful(evidence, told) ? 'filtered' : reason;
};

/**
 * An unknown user is certain where the code says so or the address itself was refused; after it was accepted, or
 * with a code for something else, a filter may have chosen the words.
 */
const isDoubtful = ({ status, command, structured, byRule }: Evidence, told: string): boolean => {
  if (byRule) return true;
  if (command === 'RCPT' || /^5\.1\./.test(status ?? '') || /doesn't have an? .{1,60} account/.test(told))
    return false;
  if (command === 'DATA' || /^5\.(7\.|3\.|2\.[01]$)/.test(status ?? '')) return true;
  return !structured && /\b[45]\d\d\b/.test(told);
};

/** Lower case, without addresses and paths, whose names would be taken for words. */
const plainWords = (text: string): string =>
  text
    .toLowerCase()
    .replace(ADDRESSES, 'x@x')
    .replace(/(https?:\/\/[^\s/]+)\S*/g, '$1')
    .replace(/\s+/g, ' ')
    .replace(/recipient address rejected: (?!access denied)(?=\w)/, '')
    .slice(0, 2_000);

const ADDRESSES = /<?[^\s<>"'(]{1,64}@[^\s<>"')]{1,255}>?/g;
