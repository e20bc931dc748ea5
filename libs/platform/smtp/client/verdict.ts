import type { Reply } from './reply.js';

/** Why a recipient did not get it. */
export type Fault =
  | 'user-unknown'
  | 'mailbox-full'
  | 'too-large'
  | 'policy'
  | 'greylisted'
  | 'rate-limited'
  | 'peer'
  | 'network'
  | 'tls'
  | 'dns'
  | 'no-such-domain'
  | 'null-mx'
  | 'smtputf8';

/** What became of one recipient. `status`: enhanced code, the peer's own or the one that says what we found. */
export type Verdict = Readonly<{
  outcome: 'delivered' | 'deferred' | 'bounced';
  status: string;
  reason: Fault | null;
  reply: string | null;
}>;

export const verdictOf = (reply: Reply): Verdict => {
  const { code, enhanced, text } = reply;
  if (code < 300) return { outcome: 'delivered', status: enhanced ?? '2.0.0', reason: null, reply: text };
  const isFinal = code >= 500;
  return {
    outcome: isFinal ? 'bounced' : 'deferred',
    // A peer whose two codes disagree is believed in the first.
    status: enhanced?.startsWith(isFinal ? '5' : '4') ? enhanced : isFinal ? '5.0.0' : '4.0.0',
    reason: faultOf(reply),
    reply: text,
  };
};

/** Where another recipient was accepted: too many at once are not too many one after the other (RFC 5321 4.5.3.1.10). */
export const verdictAmongOthers = (reply: Reply): Verdict => {
  const { code, enhanced, text } = reply;
  const isTooMany = enhanced === '5.5.3' || /\btoo many recipients\b/i.test(text);
  if (code < 500 || !(isTooMany || (code === 552 && enhanced === null))) return verdictOf(reply);
  return { outcome: 'deferred', status: '4.5.3', reason: 'rate-limited', reply: text };
};

/** Of what is no yes, before any recipient was named. A yes to something else (a second greeting, say) took no mail. */
export const verdictOnSender = (reply: Reply): Verdict => {
  if (reply.code < 400) return found('deferred', '4.5.0', 'peer', reply.text);
  return aboutNobody(verdictOf(reply));
};

/** Of an answer that is for several recipients, or none: whoever is unknown there, it does not say which of them. */
export const aboutNobody = (verdict: Verdict): Verdict =>
  verdict.reason !== null && ABOUT_RECIPIENT.includes(verdict.reason)
    ? { ...verdict, reason: 'policy' }
    : verdict;

const ABOUT_RECIPIENT: readonly Fault[] = ['user-unknown', 'no-such-domain', 'null-mx', 'mailbox-full'];

/** By the enhanced code where it says something, else by what people's programs write. */
const faultOf = ({ code, enhanced, text }: Reply): Fault => {
  if (code === 421) return 'rate-limited';
  const detail = enhanced?.slice(2) ?? '';
  const known = DETAILS[detail];
  if (code < 500 && /gr[ea]y.?list|try again later|temporar(?:il)?y (?:deferred|rejected)/i.test(text))
    return 'greylisted';
  if (known) return known;
  if (code < 500 && /rate|too many|throttl/i.test(text)) return 'rate-limited';
  if (detail.startsWith('7.') || SENDER.test(text)) return 'policy';
  if (code >= 550 && code <= 553 && UNKNOWN.test(text)) return 'user-unknown';
  if (/quota|mailbox (?:is )?full|over ?limit/i.test(text)) return 'mailbox-full';
  return 'peer';
};

const DETAILS: Readonly<Record<string, Fault>> = {
  '1.1': 'user-unknown',
  '1.2': 'no-such-domain',
  '1.6': 'user-unknown',
  '1.7': 'policy',
  '1.8': 'policy',
  '1.10': 'null-mx',
  '2.2': 'mailbox-full',
  '2.3': 'too-large',
  '3.4': 'too-large',
  '4.5': 'rate-limited',
  '6.7': 'smtputf8',
  '7.28': 'rate-limited',
};
/** Said at RCPT too, by who waits with it until then. */
const SENDER = /\bsender(?:'s)? (?:address|domain|verif)|\bsender .{0,100}\b(?:rejected|refused|denied)/i;
const UNKNOWN =
  /(?:user|recipient|mailbox|account|address)\b.{0,40}\b(?:unknown|not found|does(?:n't| not) exist|disabled|unavailable)|(?:unknown|no such|invalid) (?:user|recipient|mailbox|account|address)/i;

/** What we found without asking a peer, or where none answered. */
export const found = (
  outcome: 'deferred' | 'bounced',
  status: string,
  reason: Fault,
  reply: string,
): Verdict => ({ outcome, status, reason, reply });
