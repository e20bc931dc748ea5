import { alternatives } from './alternatives.js';
import { CERTAIN_WORDS } from './certain-words.js';
import { FOREIGN_WORDS } from './foreign-words.js';
import type { Reason } from './reasons.js';

/** The first that matches counts: what is certain from a few words stands before what is vague. */
export const REASON_WORDS: readonly (readonly [Reason, RegExp])[] = [
  ...CERTAIN_WORDS,
  ...FOREIGN_WORDS,
  [
    'hostunknown',
    alternatives`
      domain (name )?(was |is )?(not found|unknown)|no such domain|unknown (host|domain)|host unknown
      host ?(name)? (was |is )?(not found|unknown)|nxdomain|bad destination system
      name or service not known|illegal (host|domain)|could(n't| not) find a gateway
    `,
  ],
  ['syntaxerror', /malformed address|bad address syntax|may not follow/],
  [
    'authfailure',
    alternatives`
      \b(dmarc|spf|dkim|sender id|arc)\b.{0,80}(fail|reject|not pass|unauthenticated|policy|permerror|invalid|validat|neutral)
      (fail|not pass|reject|unauthenticated|lack).{0,80}\b(dmarc|spf|dkim)\b|sender policy framework
      unauthenticated (e-?mail|sender)
      not (permitted|allowed|authorized) to send .{0,40}(from|on behalf|using)
      requires? (all )?senders? to authenticate
    `,
  ],
  [
    'requireptr',
    alternatives`
      \bptr\b|reverse (dns|lookup|resolv|host|ip|mapping)
      \br?dns (record|lookup|entry|error).{0,60}\b(ip|client|host)\b
      no (matching |valid )?(host ?name|name) (was )?found for (your|the) ip
      (cannot|can't|unable to) (find|resolve) your (host ?name|hostname|ip)|cannot resolve the ip
      fcrdns|\bip (address )?(is )?(not|lacks?|without).{0,20}(reverse|resolv)|reverse
      unresolvable (client|relay) host|client host rejected: cannot find
    `,
  ],
  [
    'mailboxfull',
    alternatives`
      (mailbox|mail box|inbox|account|user|recipient|maildir|mail ?store|storage|mail ?folder|mail ?drop|disk)[^.;]{0,60}(is |are |was |has |its |be )?\b(full\b|over|exceed|out of)\w{0,20}[^.;]{0,30}(quota|storage|space|limit|allo\w{0,20}|size)?
      (over|exceed\w{0,20}|out of|no|insufficient|not enough)[^.;]{0,30}(quota|mailbox (size|limit|storage)|storage|disk space|mail space)
      quota (exceeded|full|over|limit|reached|violation)|overquota|over quota|quota .{0,40}exceed
      too many (messages|mails) (in|on) (the |this |user'?s? )?(mailbox|user|account)
      mailfolder is full|\bfull (mailbox|mail box|inbox|maildir|mail folder)|mailbox .{0,40}(full|exceed)|too much (mail|data) (in|for)
    `,
  ],
  [
    'systemfull',
    alternatives`
      (system|server|spool) (mail )?(queue |storage |disk )?(is )?(full|out of)
      (insufficient|no) (system )?(storage|disk space)|file system (is )?full
    `,
  ],
  [
    'mesgtoobig',
    alternatives`
      (message|mail|e-?mail|size|data|body|attachment)s?[^.;]{0,50}(too (big|large|long|heavy)|exceed\w{0,20}[^.;]{0,40}(size|limit|maximum|length)|larger than)
      (max\w{0,20}|size|fixed|administrative|system'?s?)[^.;]{0,20}(message |mail )?size[^.;]{0,30}exceed
      exceed\w{0,20}[^.;]{0,40}(message|mail|file|maximum|administrative|size)[^.;]{0,20}(size|limit|length)
      size limit|too (big|large) (message|mail|for)
    `,
  ],
  ['virusdetected', /\bvirus|malware|infected|worm\b|trojan|phish(ing)? .{0,30}detect/],
  [
    'spamdetected',
    alternatives`
      spam(?!.{0,6}(haus|cop|house|trap|rl\b|mer))|\b(junk|ube|uce|bulk e?-?mail|unsolicited)\b|mass mail
      (looks?|identified|classified|considered|detected|flagged|scored) (like|as) (possible )?(spam|junk|ube|bulk)
      blocked by our bulk|high-probability spam|spam (content|score|message)
      suspicious due to the (nature|very low)|unsolicited
    `,
  ],
  ['badreputation', /\breputation\b|too low (sender)? ?score|(\bip|domain|sender).{0,30}poor/],
  [
    'toomanyconn',
    alternatives`
      too many (concurrent |simultaneous |open )?(smtp )?(connections|sessions)
      connections? (rate|limit|count).{0,30}(exceed|reach)
      (exceed|reach)\w{0,20}.{0,40}(connection|session)s?( rate| limit)?
      max\w{0,20} (number of )?(smtp )?(connections|sessions)|connection rate limit
    `,
  ],
  [
    'speeding',
    alternatives`
      (\brate|throttl\w{0,20}|too (fast|quickly|frequent\w{0,20}|much mail|many (messages|mails|e-?mails|recipients)))[^.;]{0,50}(limit|exceed|sending|receiv|session|from|hour|slow|too)
      receiving (mail|messages) (at a rate|too quickly)|rate.?limit|throttl|slow down|unusual rate
      sending (too|limit)|daily (sending|message|smtp|relay) (quota|limit)
    `,
  ],
  [
    'rejected',
    alternatives`
      sender[^.;]{0,60}(reject|denied|refus|unknown|not (valid|found|exist|verified|accept|allow)|invalid|verify|block|bad|illegal|unresolv)
      (reject|refus|invalid|unknown|bad|block)\w{0,20}[^.;]{0,20}(sender|from address|mail from|return path|reverse.path)
      mail from[^.;]{0,60}(reject|denied|not|fail|invalid)|groups\.google\.com|not (a )?member of
      permission to post|(valid|invalid) from:|only members may post|to post messages to the group
      envelope sender|from address|backscatter|null sender|empty (envelope|sender)|return.?path
    `,
  ],
  [
    'hasmoved',
    alternatives`
      (address|user|recipient|account|mailbox|person|has|was|been)[^.;]{0,40}(has |have |been )?(moved|changed|replaced|transferred) ?(to|by)?
      no longer (at|with) (this|the)|new (e-?mail )?address (is|:)|user has moved
    `,
  ],
  [
    'norelaying',
    alternatives`
      relay(ing)?(?!=)[^.;]{0,40}(den|prohibit|not (allow|permit|authori[sz])|reject|disabled|refus|attempt|access|is not)
      \b(not|unable to|cannot|won't|no|deny|denied|unauthori[sz]ed|insecure|blocked)\b[^.;]{0,30}relay(?!=| (recipient|user))
      relay (access|not)|not (a )?local (host|domain|recipient)[^.;]{0,20}relay|we do not relay
      that domain isn't in my list of allowed rcpthosts|use me .{0,80}as a relay
      (isn't|not) in (my|our|the) (list of )?(allowed )?rcpthosts
      mail server requires authentication when attempting to send to a non-local
    `,
  ],
  [
    'suspend',
    alternatives`
      (account|mailbox|user|recipient|address|domain|customer|subscri\w{1,20}|inbox|e-?mail)[^.;]{0,60}(suspend|disabled|inactive|deactivat|not active|locked|frozen|expired account|on hold|temporar(il)?y (unavailable|disabled|locked)|dormant|\bclosed|blocked for non)
      (inactive|disabled|suspended|deactivated|invalid\/inactive|unactivated|not activated|dormant|locked|\bclosed)[^.;]{0,20}(account|user|mailbox|recipient|address|e-?mail|domain|contact)
    `,
  ],
  [
    'notaccept',
    alternatives`
      (domain|host|server|recipient|address|destination|location|system)[^.;]{0,40}(does not|doesn't|do not|don't|not|never)[^.;]{0,10} accept(s|ed|ing)?( any| inbound| incoming)? (mail|messages|e-?mail)
      null ?mx|nullmx|host\/domain does not accept mail
      (has|have|is|an?) (an )?(invalid|empty|null) mx|smtp protocol returned a permanent error 521
    `,
  ],
  [
    'userunknown',
    alternatives`
      \b(user|recipient|mailbox|mail box|account|address|alias|person|customer|subscriber|addressee|local part|rcpt|name|inbox|id)[^.;:]{0,60}((is |are |was |has |does |do |did |be |been |could |can |cannot )?(currently )?(not (been )?(found|exist|known|recogni[sz]ed|valid|listed|match|available|a known|a valid|have)|n't (exist|have|be found)|unknown|un?available|invalid|undeliverable|non-?exist|no longer|does not exist|bad\b|incorrect|rejected: undeliverable|lookup failure|is unknown|not in|cannot be found|could not be found|deleted|terminated|disabled))
      (unknown|no such|invalid|bad|nonexistent|non-existent|not a valid|unrouteable|unroutable|not a known|no valid|undeliverable|incorrect|illegal|wrong|undefined|unrecogni[sz]ed|deleted|not our|no known|no)[ _-][^.;:]{0,20}(user|recipient|mailbox|mail box|account|address|alias|person|addressee|local|rcpt|customer|name|inbox|here)s?\b
      recipnotfound|user_unknown|nosuchuser
      no such (person|user|mailbox|address|recipient|account|local|email)|doesn'?t (have|exist)
      unknown (user|recipient|local|account|or illegal)|user (doesn't|does not|not)
      not (our|my) customer|(there is )?no one (here )?by (that|this) name
      no mailbox (here )?by (that|this) name|unknown_user|address (rejected|unknown|error|not found)
      undeliverable address|recipient address rejected
      (this|the) (e-?mail )?address (no longer|is not|does not)
      email address (could|can)n?o?t? be found|typos|has been (deactivated|deleted)|sorry, no mailbox
      resolver\.adr\.|mailbox (not found|unavailable)|ユーザー?.{0,60}見つかり
    `,
  ],
  [
    'hostunknown',
    alternatives`
      (host|domain|name server|mx|dns|server|address|destination|site)[^.;]{0,50}(unknown|not (be )?found|not exist|couldn't be found|could not be (found|resolved)|no such|nxdomain|invalid|misspelled|unresolvable|lookup failed|not resolve|illegal|is wrong)
      (unknown|unrouteable|unroutable|no such|invalid|bad|illegal|unresolvable|can'?t (find|resolve)|cannot (find|resolve)|couldn'?t find|could not (find|resolve)|unable to (look ?up|find|resolve))[^.;]{0,30}(host|domain|mx|dns|mail exchanger|mail domain|address record|mx record|site)
      host not found|name or service not known|nodename nor servname|no mx\b|domain (name )?not found
      server address .{0,20}not be found|unrouteable (mail )?domain|name service error
      domain is invalid|host unknown|dns ?error|name server: .{0,80}host not found
      recipient domain .{0,20}not exist|does not exist|misconfigured dns
    `,
  ],
  [
    'securityerror',
    alternatives`
      authentication (required|failed|failure|credentials|turned on|is required)
      \b(starttls|tls)\b.{0,60}(require|must|need|fail|not|unavail|error|handshake)
      must issue a starttls|encryption (required|needed)|(5[0-9]\d .{0,10})?executable
      you are not (authorized|authenticated)|login (failed|required)|certificate
      insecure (mail|connection)|not authorized
    `,
  ],
  [
    'contenterror',
    alternatives`
      (mime|header|content|format|attachment|charset|character|8.?bit|line)[^.;]{0,50}(malformed|invalid|broken|illegal|unsupported|error|not (allowed|accepted|permitted)|improper|bad)
      (malformed|invalid|illegal|improper|bad|duplicate)[^.;]{0,20}(mime|header|content|message|date|from header|charset|character)
      duplicat\w{1,20}.{0,20}header|message (filtered|content rejected)|bare (lf|line)
    `,
  ],
  [
    'notcompliantrfc',
    alternatives`
      rfc ?\d{3,4}|not rfc.?compliant|rfc.?compliance|multiple (from|to|subject|date)\b
      missing (a )?(from|date|message-id|valid)\b|duplicated.{0,20}header|non-?compliant
    `,
  ],
  [
    'blocked',
    alternatives`
      (\bip|host|client|connection|network|server|address|mail from|you|sender|domain|\bisp|helo|ehlo)[^;]{0,80}(black ?list|block ?list|blocked|banned|denied access|listed (in|on|at|by)|rejected due to|refused|not allowed|dnsbl|\brbl|blacklisted)
      (black ?list|block ?list|dnsbl|\brbl|spamhaus|spamcop|barracudacentral|sorbs|spfbl|invaluement|deny ?list|abusix|cloudmark|senderbase)
      (access|connection|connect|client|host|\bip|service|mail)[^.;]{0,20}(denied|refused|rejected|dropped|blocked|prohibit)
      (denied|refused|rejected|blocked|banned)[^.;]{0,30}(\bip|host|client|connection|network|address|your|by)
      helo command rejected|invalid (helo|ehlo)|bad (helo|ehlo)|no (ip|access)|dynamic
      not accepting (mail|connections) from|unsupported mail server|generic|permanently deferred
      temporarily deferred due to|\[ts0\d\]|part of their network is on our block list|service refused
      connection refused by|not currently accepting mail from your ip
      no access from (mail )?server|open (relay|proxy)
    `,
  ],
  [
    'policyviolation',
    alternatives`
      polic(y|ies)|prohibit|disallowed|unacceptable|not (allowed|permitted|acceptable)
      (message|mail) (was )?(rejected|refused|blocked|filtered) (due|because|for|by)
      closed (list|mailing)|for members only|administrative prohibition|restricted|you have been
      violat
    `,
  ],
  [
    'networkerror',
    alternatives`
      (connection|connect|network|socket|route|dns|routing)[^.;]{0,40}(lost|dropped|broken|unreachable|reset|error|loop)
      loop detected|too many hops|hop count exceeded|unreachable|no route|mail (is )?loop\w{0,20}
      loops? back|message looping|no (connection|answer from host)|name server timeout
      couldn't find any host|dns (error|timeout|server)|temporary (dns|name) |temporary lookup failure
      name service error.{0,60}try again|host not reachable|conversation with .{0,60}timed out
      lost (connection|while)|could not connect|mx .{0,30}(loop|point)
    `,
  ],
  [
    'expired',
    alternatives`
      (delivery|retry|message|mail|queue|session|connection|connect|operation|response|conversation)[^.;]{0,50}(time[d]?[ -]?out|expired|too long|given up|aborted)
      timed? ?out|time-out|retry time(out)? (not reached|exceeded)|retries exceeded|giving up
      been in the queue|(has been|was|is) (delayed|deferred)|delivery (has been )?delay
      will be retried|not yet been delivered|could not be delivered for|cannot send message for
      unable to (be )?deliver\w{0,20} (for|within)|too (long|old)|undeliverable for|retry (limit|period)
      no response|connection refused|lifetime
    `,
  ],
  [
    'mailererror',
    alternatives`
      command (failed|died|output)|mailer|procmail|maildrop|pipe|x-unix|child (process|status)
      exit(ed)? (with )?(status|code|value)|local (configuration|delivery|mailer) (error|failed)|lmtp
      permission denied|unix mailer|failed with status|service unavailable.{0,40}local
    `,
  ],
  [
    'systemerror',
    alternatives`
      (system|server|internal|service|configuration|database|resource|software|local)[^.;]{0,40}(error|fail|problem|unavailable|misconfig|not available|temporarily)
      temporar\w{1,20} (failure|error|problem|unavailable|deferred)
      transaction failed
      cannot (process|open|create|deliver|write|append)|unable to (process|connect|deliver)|try again
      local error|not available|undefined error|resources? (temporarily|unavailable)|loop
    `,
  ],
  [
    'syntaxerror',
    alternatives`
      syntax|command (not|unrecogni[sz]ed|unknown|parameter|rejected|unimplemented)|unrecogni[sz]ed
      bad sequence|not implemented|invalid (argument|command|parameter)|unexpected
    `,
  ],
  [
    'filtered',
    alternatives`
      filter|not (delivered|accepted)|because the recipient|user reject
      reject\w{0,20} by (the )?(recipient|user)|refus
    `,
  ],
];
