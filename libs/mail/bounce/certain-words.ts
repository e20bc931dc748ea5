import { alternatives } from './alternatives.js';
import type { Reason } from './reasons.js';

/** Phrases of one meaning, whatever else the text says: those of common servers, and those that vaguer ones would shadow. */
export const CERTAIN_WORDS: readonly (readonly [Reason, RegExp])[] = [
  [
    'networkerror',
    alternatives`
      (able|unable) to establish an smtp connection|expired, dns query failed
      name service error.{0,80}(try again|malformed|unexpected)|host not found, try again
    `,
  ],
  ['mailererror', /mailer error/],
  ['contenterror', /duplicate header/],
  ['notcompliantrfc', /multiple.{0,20} addresses in from/],
  ['badreputation', /(low|poor|bad) reputation|due to .{0,30}(user|recipient) complaints/],
  ['speeding', /(too many|limit of|more than).{0,40}(this|per|an|the last|each) (second|minute|hour|day)\b/],
  ['toomanyconn', /too many recipients|connection frequency/],
  ['requireptr', /ip name lookup failed|mismatch\w* (the )?client ip|unverif\w+ .{0,20}ips?\b/],
  ['authfailure', /does not have authentication information/],
  ['securityerror', /unauthenticated senders?( are| is)? not|^[\d\s.'-]*x@x\.{3} access denied/],
  [
    'blocked',
    /use (the|your) (smtp|mail) ?server of your isp|not accepting connections|client host (blocked|rejected: blocked)/,
  ],
  [
    'expired',
    alternatives`
      (did|does) not accept our requests to connect|socket error|host not reachable
      delivery failed \d+ (attempts|times)|envelope expired|not been collected (after|for|within)
      (number of|max\w*|exceeded) (delivery )?attempts|within the allowed (queue )?(period|time)
      (host|server|computer) \S{1,80} (is|was) not (responding|reachable)|aborted after \d
      (unable|failed|could not|couldn't) (to )?(be )?(deliver\w*)( this| your| the)?( message)? (after|for|in|within) \d
      message expired, connection|(delivery|attempts?) .{0,60}aborted after
    `,
  ],
  [
    'mailboxfull',
    /not have enough (space|room)|(reach|over|exceed)\w* .{0,12}quota|too many messages on the server|maildir has overdrawn/,
  ],
  ['mesgtoobig', /line limit exceeded/],
  ['virusdetected', /rejected due to security policies/],
  ['blocked', /blocked (by|using) .{0,30}(dnsbl|\brbl|\bbl)\b/],
  [
    'spamdetected',
    /\bur[il]bl\b.{0,30}(link|url)|(black ?listed|bad|suspicious) (url|uri|link|domain in)|ofr_50[67]\b/,
  ],
  ['userunknown', /recipient address rejected: access denied|(unknown|invalid) .{0,20}user ?id\b/],
];
