import { ADDRESS } from './address-pattern.js';
import { exactReason, hintedReason, speakingReason } from './codes.js';
import { REASON_WORDS } from './reason-words.js';
import { receiversReason } from './receivers.js';
import type { SmtpCommand } from './status-code.js';

/**
 * Why mail was not delivered, in the words in which bounces are commonly sorted. `onhold`: who refused said something,
 * but nothing that tells why; `undefined`: nothing at all.
 */
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

export type Evidence = Readonly<{
  /** What tells of the reason in the words of the system that refused, the nearest first. */
  texts: readonly string[];
  /** What is written for people around them. */
  notice: string;
  /** The host that refused, where a field names it. */
  peer: string;
  status: string | null;
  command: SmtpCommand | null;
  /** The words stand in a field of a delivery status that does not leave the code open, not in a text for people. */
  structured: boolean;
  /** Delivery is still being tried. */
  delayed: boolean;
  /** The recipient lets a rule refuse mail, in words that the rule chose. */
  byRule: boolean;
}>;

/** Why: from a code that says it alone, the words of who refused, an exact code, the words around, what a code hints at. */
export const reasonOf = (evidence: Evidence, meaning = meaningOf): Reason => {
  const { texts, notice, peer, status, command } = evidence;
  const spoken = speakingReason(status);
  if (spoken !== undefined) return spoken;
  const said = [...texts, notice.slice(0, MOST_SAID)]
    .join(' ')
    .slice(0, MOST_SAID)
    .toLowerCase()
    .replace(/\s+/g, ' ');
  const meant = receiversReason(`${peer.toLowerCase()} ${said}`, said);
  if (meant !== null) return meant;
  const around = worded(evidence, meaning(notice));
  const exact = exactReason(status);
  const answered = texts.map((text) => worded(evidence, meaning(text))).find((reason) => reason !== null);
  // What was out of order for a while did not pass in time.
  const passing = evidence.delayed || [status ?? '', ...texts].some((text) => text.startsWith('4'));
  const outlived = answered === 'systemerror' && (exact ?? (passing ? around : null)) === 'expired';
  // A scanner that found something often says that nobody is there.
  const told = (outlived ? 'expired' : answered) ?? (around === 'virusdetected' ? around : (exact ?? around));
  if (told !== null) return told;
  const hinted = hintedReason(status);
  if (evidence.delayed && VAGUE.has(hinted ?? 'undefined')) return 'expired';
  if (hinted !== undefined && hinted !== 'syntaxerror') return hinted;
  // With no word about why, the place tells: who refuses the greeting refuses the host.
  if (command === 'HELO') return 'blocked';
  if (command === 'RCPT' && status?.startsWith('5')) return 'userunknown';
  return hinted ?? (texts.some((text) => /\S/.test(text)) ? 'onhold' : 'undefined');
};

/** What receivers' own words are looked for in. */
const MOST_SAID = 8_000;

/** What says no more than that it did not work. */
const VAGUE: ReadonlySet<Reason> = new Set(['undefined', 'networkerror', 'syntaxerror']);

/** `told`: a text as its words are looked for. `reason`: which they are, whatever else is known. */
export type Meaning = Readonly<{ told: string; reason: Reason | null }>;

export const meaningOf = (text: string): Meaning => {
  const told = plainWords(text);
  return { told, reason: REASON_WORDS.find(([, pattern]) => pattern.test(told))?.[0] ?? null };
};

const worded = (evidence: Evidence, { told, reason }: Meaning): Reason | null => {
  if (evidence.byRule && SAYS_NOTHING.test(told)) return null;
  const { command } = evidence;
  if (reason === 'userunknown' || reason === 'hostunknown') {
    // Nobody had named a recipient yet.
    if (command === 'HELO') return 'blocked';
    if (command === 'MAIL') return 'rejected';
  }
  return reason === 'userunknown' && isDoubtful(evidence, told) ? 'filtered' : reason;
};

/** What a rule answers that was told to refuse and not why. */
const SAYS_NOTHING = /^\W*([45]\d\d )?([45]\.0\.0 )?(temporary|unknown) failure\W*$/;

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

/** Addresses and paths are long, so there is more to read than what is told. */
const [MOST_READ, MOST_TOLD] = [20_000, 2_000];

/** Lower case, without addresses and paths, whose names would be taken for words. */
const plainWords = (text: string): string =>
  text
    .slice(0, MOST_READ)
    .toLowerCase()
    .replace(ADDRESSES, 'x@x')
    .replace(/(https?:\/\/[^\s/]+)\S*/g, '$1')
    .replace(/(?<![\w:/])(\/[\w.-]+){2,}/g, '')
    .replace(/\s+/g, ' ')
    .replace(SCANNED, '')
    .replace(/\b(this is )?the mail system\b|\.\.\. local configuration error$/g, '')
    .replace(/recipient address rejected: (?!access denied)(?=\w)/, '')
    .slice(0, MOST_TOLD);

/** What a scanner adds to every mail that it found nothing in. */
const SCANNED =
  /\b(scanned|checked|screened|tested)\b[^.;:]{0,60}?\bvirus(es)?\b|\b(no|without|free (of|from)) (known )?(virus(es)?|malware)\b|\bvirus[- ]free\b/g;

const ADDRESSES = new RegExp(`<?${ADDRESS.source}>?`, 'g');
