import type { Reason } from './reasons.js';

type Codes = readonly (readonly [RegExp, Reason])[];

/**
 * Codes that nobody uses for anything else, whatever the words beside them: of the standard, and those that only
 * Exchange Online has, whose last number has three digits.
 */
const SPEAKING: Codes = [
  [/^\d\.1\.6$/, 'hasmoved'],
  [/^\d\.1\.[789]$/, 'rejected'],
  [/^\d\.(1\.90|2\.3)$/, 'exceedlimit'],
  [/^\d\.2\.12[0-2]$/, 'speeding'],
  [/^5\.4\.310$/, 'hostunknown'],
  [/^\d\.4\.312$/, 'networkerror'],
  [/^\d\.7\.(12\d|13[3-6]|32\d)$/, 'securityerror'],
  [/^\d\.7\.(23[23]|705)$/, 'speeding'],
  [/^\d\.7\.50[1-3]$/, 'spamdetected'],
  [/^\d\.7\.508$/, 'toomanyconn'],
  [/^\d\.7\.5(09|15)$/, 'authfailure'],
  [/^\d\.7\.512$/, 'notcompliantrfc'],
  [/^\d\.7\.(506|51[0-3]|6[0-3]\d)$/, 'blocked'],
  [/^\d\.7\.7\d\d$/, 'badreputation'],
];

/** Codes of one meaning: RFC 3463 and the registry that RFC 5248 began. */
const EXACT: Codes = [
  [/^5\.1\.(1|10)$/, 'userunknown'],
  [/^5\.1\.2$/, 'hostunknown'],
  [/^\d\.2\.2$/, 'mailboxfull'],
  [/^5\.3\.4$/, 'mesgtoobig'],
  [/^5\.4\.4$/, 'hostunknown'],
  [/^\d\.4\.(6|14)$/, 'networkerror'],
  [/^\d\.4\.(7|300)$/, 'expired'],
  [/^\d\.7\.(20|21|22|23|24|26|27|30|31|32)$/, 'authfailure'],
  [/^\d\.7\.25$/, 'requireptr'],
  [/^\d\.7\.28$/, 'speeding'],
  [/^\d\.7\.(29|57)$/, 'securityerror'],
  [/^\d\.7\.(54|64)$/, 'norelaying'],
];

/** What a code hints at, where nothing else tells. */
const HINTS: Codes = [
  ...EXACT,
  [/^5\.1\.(0|3|4)$/, 'userunknown'],
  [/^\d\.2\.1$/, 'suspend'],
  [/^\d\.2\.4$/, 'filtered'],
  [/^\d\.3\.1$/, 'systemfull'],
  [/^\d\.3\.2$/, 'notaccept'],
  [/^\d\.3\.4$/, 'mesgtoobig'],
  [/^\d\.3\./, 'systemerror'],
  [/^5\.4\.1$/, 'hostunknown'],
  [/^\d\.4\.(1|2|5)$/, 'expired'],
  [/^\d\.4\./, 'networkerror'],
  [/^\d\.5\.3$/, 'speeding'],
  [/^\d\.5\./, 'syntaxerror'],
  [/^\d\.6\./, 'contenterror'],
  [/^\d\.7\.6\d\d$/, 'badreputation'],
  [/^\d\.7\./, 'securityerror'],
  [/^2\./, 'delivered'],
];

const reasonIn = (codes: Codes) => (status: string | null) =>
  status === null ? undefined : codes.find(([pattern]) => pattern.test(status))?.[1];

export const speakingReason = reasonIn(SPEAKING);
export const exactReason = reasonIn(EXACT);
export const hintedReason = reasonIn(HINTS);
