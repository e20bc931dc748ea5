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

const STATUSES: readonly (readonly [RegExp, Reason])[] = [
  [/^5\.1\.(1|0|3|4|10)$/, 'userunknown'],
  [/^5\.1\.2$/, 'hostunknown'],
  [/^5\.1\.6$/, 'hasmoved'],
  [/^\d\.1\.(7|8|9)$/, 'rejected'],
  [/^5\.1\.10$/, 'notaccept'],
  [/^\d\.2\.1$/, 'suspend'],
  [/^\d\.2\.2$/, 'mailboxfull'],
  [/^\d\.2\.3$/, 'exceedlimit'],
  [/^\d\.2\.4$/, 'filtered'],
  [/^\d\.3\.1$/, 'systemfull'],
  [/^\d\.3\.2$/, 'notaccept'],
  [/^\d\.3\.4$/, 'mesgtoobig'],
  [/^\d\.3\./, 'systemerror'],
  [/^5\.4\.(1|4)$/, 'hostunknown'],
  [/^\d\.4\.(1|2|5|7)$/, 'expired'],
  [/^\d\.4\./, 'networkerror'],
  [/^\d\.5\.3$/, 'speeding'],
  [/^\d\.5\./, 'syntaxerror'],
  [/^\d\.6\./, 'contenterror'],
  [/^\d\.7\.(20|21|22|23|24|26|27)$/, 'authfailure'],
  [/^\d\.7\.25$/, 'requireptr'],
  [/^\d\.7\./, 'securityerror'],
  [/^2\./, 'delivered'],
];

export type Evidence = Readonly<{
  /** What tells of the reason, the nearest first. */
  texts: readonly string[];
  status: string | null;
  command: SmtpCommand | null;
  /** The words stand in a field of a delivery status that does not leave the code open, not in a text for people. */
  structured: boolean;
}>;

/** Codes that say it as exactly as words do, and that nobody uses for anything else. */
const SPEAKING: ReadonlySet<Reason> = new Set(['rejected', 'hasmoved', 'exceedlimit']);

/** Why, from the words, else from the status code. */
export const reasonOf = (evidence: Evidence): Reason => {
  const { texts, status, command } = evidence;
  const byStatus = STATUSES.find(([pattern]) => status !== null && pattern.test(status))?.[1];
  if (byStatus !== undefined && SPEAKING.has(byStatus)) return byStatus;
  for (const text of texts) {
    const told = plainWords(text);
    const reason = REASON_WORDS.find(([, pattern]) => pattern.test(told))?.[0];
    if (reason === undefined) continue;
    if (command === 'MAIL' && (reason === 'userunknown' || reason === 'hostunknown')) return 'rejected';
    return reason === 'userunknown' && isDoubtful(evidence, told) ? 'filtered' : reason;
  }
  const refusedAddress = command === 'RCPT' && status?.startsWith('5') === true;
  return refusedAddress && (byStatus ?? 'syntaxerror') === 'syntaxerror'
    ? 'userunknown'
    : (byStatus ?? 'undefined');
};

/**
 * An unknown user is certain where the code says so or the address itself was refused; after it was accepted, or
 * with a code for something else, a filter may have chosen the words.
 */
const isDoubtful = ({ status, command, structured }: Evidence, told: string): boolean => {
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
