import { alternatives } from './alternatives.js';
import type { Reason } from './reasons.js';

/** Phrases of one meaning, whatever else the text says: those of common servers, and those that vaguer ones would shadow. */
export const CERTAIN_WORDS: readonly (readonly [Reason, RegExp])[] = [
  [
    'authfailure',
    alternatives`
      (due to|because of|by|violates|per) .{0,40}\bdmarc\b|\bdmarc\b.{0,40}(violat|not align|not authenticated)
      \b(spf|dkim|dmarc)\b (authentication |alignment |check |record |lookup |validation )*(didn't|did not|doesn't|failure|failed|softfail|hardfail)
      \bspf\b.{0,30}(hard|soft)?fail|sender id .{0,20}fail|violates .{0,30}sender policy
      does not have authentication information|openspf\.(org|net)
    `,
  ],
  [
    'norelaying',
    alternatives`
      authenticat\w{1,20} (required for|before) relaying|credentials for relay|not a? ?gateway for
      relay .{0,10}not (allowed|permitted)
    `,
  ],
  [
    'speeding',
    alternatives`
      (daily|hourly|sending|relay|thread|peak|submission|frequency|message rate|messages?|max\w{0,20} e?mails) (rate |sending )?(limit|quota)(ed| (was |has been |is )?(exceed|reach)| hit)
      exceeded .{0,30}(e?mails?|messages?|recipients) (per|an?|in|within|allowed)\b
      ratelimit|rate[- ]limited|unusual (sending )?(rate|activity|volume)
      too (many|much) (e?-?mails?|messages?) (from|for this|in this|per|sent)|receiving (mail|messages) (too|at)
      sent too many|sending (mail |messages )?too (fast|quickly|many|much)|throttl(ed|ing)\b
      (too many|limit of|more than).{0,40}(this|per|an|the last|each) (second|minute|hour|day)\b
    `,
  ],
  [
    'notcompliantrfc',
    alternatives`
      not rfc ?\d+.{0,10} compliant|missing (a )?(valid )?(message-id|date|from|subject|to)\b
      multiple.{0,20} addresses in from
    `,
  ],
  [
    'networkerror',
    alternatives`
      hop count exceeded|too many (hops|received)|(mail|routing|forwarding) loop|host name lookup failure
      (able|unable) to establish an smtp connection|expired, dns query failed
      name service error.{0,80}(try again|malformed|unexpected)|host not found, try again
    `,
  ],
  [
    'mailboxfull',
    alternatives`
      no (free )?space in|space in (the )?(recipient|user|mailbox)|not have enough (space|room)
      (reach|over|exceed)\w{0,20} .{0,12}quota|too many messages on the server|maildir has overdrawn
    `,
  ],
  [
    'systemfull',
    alternatives`
      insufficient (system )?(resources|storage)|not enough .{0,10}(system|server|queue) (space|storage)
    `,
  ],
  [
    'expired',
    alternatives`
      connect to \S+(port \d+)?:? connection refused|cannot connect to (the )?(remote|destination)
      (did|does) not accept our requests to connect|socket error|host not reachable
      delivery failed \d+ (attempts|times)|envelope expired|not been collected (after|for|within)
      hosts .{0,80}have been failing for|(number of|max\w{0,20}|exceeded) (delivery )?attempts|within the allowed (queue )?(period|time)
      (host|server|computer) \S{1,80} (is|was) not (responding|reachable)|aborted after \d
      (unable|failed|could not|couldn't) (to )?(be )?(deliver\w{0,20})( this| your| the)?( message)? (after|for|in|within) \d
      message expired, connection|(delivery|attempts?) .{0,60}aborted after|in the queue too long
    `,
  ],
  [
    'rejected',
    alternatives`
      (sender|server|host|message|e?-?mail|you)\b.{0,30} (requires?|needs?|must|has to|have to) (be )?(confirm|verif|whitelist|pre-?approv)
      sender (is )?not (yet )?(pre-?approved|whitelisted|confirmed)
      verification failed for x@x|domain name required for sender|not accept (any )?(e-?)?mail from (this|your) (sender|domain|address)
      registered gateway user|sender is .{0,20}(black|block)|(allowed|permitted|permission) to post\b
    `,
  ],
  ['policyviolation', /header error|\bbanned: /],
  [
    'filtered',
    alternatives`
      recipients? (was|were) rejected by|filtered by (the )?(recipient|user)
      (by|due to) (the )?(user|recipient)('?s|s')? ?(filter|rule|preference|setting)
    `,
  ],
  [
    'suspend',
    alternatives`
      no longer accepts? (e-?)?mail|account (is |has )?expired|mailbox (is |has been )?(suspended|frozen|archived)
    `,
  ],
  [
    'hostunknown',
    alternatives`
      mx records? point to non-?existent|unrouteable mail domain
      no (mx|mail (servers?|exchangers?))( or a)?( records?)? (for|found|exists?|appears? to exist|could be found)\b
    `,
  ],
  ['hasmoved', /not local; please try/],
  [
    'notaccept',
    /does not accept (any |inbound |incoming )?e?-?mails?\W*$|couldn't find a mail exchanger or ip address/,
  ],
  [
    'systemerror',
    /(ports|servers?|system) (are |is )?(too )?busy|(ldap|database|directory) .{0,30}(unavailable|failed|failure|error)/,
  ],
  ['mailererror', /mailer error|\b(maildrop|procmail)\b|but will deliver to\b/],
  ['contenterror', /duplicate header/],
  ['badreputation', /(low|poor|bad) reputation|due to .{0,30}(user|recipient) complaints/],
  ['toomanyconn', /too many recipients|connection frequency|max\w{0,20} .{0,30}(connections|sessions)/],
  [
    'requireptr',
    /\bno r?dns|\brdns\b|ip name lookup failed|mismatch\w{0,20} (the )?client ip|unverif\w{1,20} .{0,20}ips?\b/,
  ],
  [
    'securityerror',
    alternatives`
      (unrecognized|unsupported|invalid) authentication (type|mechanism)|(user|client) (is |was )?not authenticated
      unauthenticated senders?( are| is)? not|^[\d\s.'-]*x@x\.{3} access denied
    `,
  ],
  ['mesgtoobig', /line limit exceeded/],
  ['virusdetected', /rejected due to security policies/],
  [
    'spamdetected',
    alternatives`
      score (is )?(too high|exceed)|(by|our) content[- ]filter|matches a profile|mass.?mailer
      \bur[il]bl\b.{0,30}(link|url)|\b(link|ur[il])s? .{0,20}(black|block)listed|\bsurbl|(black ?listed|bad|suspicious) (url|uri|link|domain in)|ofr_50[67]\b
    `,
  ],
  [
    'blocked',
    alternatives`
      \bgr[ae]y-?list|a problem occurred\W+(ask your postmaster|see|contact)
      (invalid|bad) (helo|ehlo)|(helo|ehlo) .{0,20}(invalid|reject|required)
      \bip( address)?\b.{0,30}(is|has been|was) (black|block)|blocked (by|using) .{0,30}(dnsbl|\brbl|\bbl)\b
      bad sending host|service denied to|use (the|your) (smtp|mail) ?server of your isp|not accepting connections
      client host (blocked|rejected: blocked)|connection (was )?(reset|dropped) by (the )?(remote )?(peer|remote|host)
    `,
  ],
  ['userunknown', /recipient address rejected: access denied|(unknown|invalid) .{0,20}user ?id\b/],
];
