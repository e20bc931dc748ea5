import { alternatives } from './alternatives.js';
import type { Reason } from './reasons.js';

type Receiver = Readonly<{
  /** Its hosts and the pages that it refers to; in lower case. */
  mark: RegExp;
  says: readonly (readonly [Reason, RegExp])[];
}>;

/**
 * What large receivers mean by words and codes of their own, as they publish them for postmasters, where the words
 * alone tell nothing or something else.
 */
const RECEIVERS: readonly Receiver[] = [
  {
    mark: /gsmtp|\.google(mail)?\.com|smtp-relay\.gmail/,
    says: [
      [
        'authfailure',
        /(spf|dkim|dmarc) (authentication |alignment |check )?(didn't|did not|doesn't) (pass|align)/,
      ],
      ['badreputation', /very low reputation/],
      ['speeding', /unusual rate of (unsolicited )?mail|(sending|relay|smtp|peak|user)[a-z ]{0,20} limit/],
      ['norelaying', /credentials for relay|mail relay denied/],
      ['blocked', /not authorized to send email directly/],
      [
        'notcompliantrfc',
        /rfc[\s-]*[25]?\d?[38]22|missing a valid|multiple addresses in from|duplicate headers?/,
      ],
      ['systemerror', /temporarily rejected message|temporary system problem/],
    ],
  },
  {
    mark: /\b(outlook|hotmail|office365|live)\.com/,
    says: [
      ['blocked', /\b(s3140|s3150|s775)\b|on our block list|banned send|\b(sc|dy|ou)-00\d/],
      ['speeding', /\brp-00\d/],
      ['badreputation', /\bs311[345]\b|due to ip reputation|traffic not accepted from this ip/],
      ['speeding', /thread limit exceeded|ratelimitexceeded|(hourly|daily|message rate|submission) limit/],
      ['authfailure', /(does not|doesn't) meet the required authentication/],
      ['policyviolation', /transport\.rules\.rejectmessage|rejected by organization policy/],
      ['suspend', /accountdisabled|mailbox ?disabled/],
      ['mailboxfull', /quotaexceeded/],
      ['networkerror', /hop count exceeded/],
    ],
  },
  {
    mark: /yahoo(inc|dns)?\.(com|net)|verizonmedia\.com|\baol\.com/,
    says: [
      ['authfailure', /\bdmarc\b|\bph01\b/],
      ['blocked', /permanently deferred|\[bl\d\d\]|\((con|dyn|rtr):\w+\)|not be accepted from|\[ts0[3-9]\]/],
      ['badreputation', /\[?tss?0\d\]?.{0,80}(volume|complaints|unverified)/],
      ['requireptr', /\(dns:\w+\)/],
      ['spamdetected', /\(hvu:\w+\)|objectionable content/],
      ['norelaying', /\(rly:\w+\)/],
    ],
  },
  {
    mark: /\b(icloud|apple|me)\.com/,
    says: [
      ['blocked', /not accepting connections|too many errors/],
      ['policyviolation', /\[?cs01\]?|due to local policy/],
    ],
  },
  {
    mark: /\bqq\.com|weixin|tencent/,
    says: [
      ['suspend', /mailbox unavailable or access denied/],
      ['toomanyconn', /(connection|ip|domain|sender)? ?frequency limited|connection (limit|denied)/],
      ['spamdetected', /content denied|suspected spam(?! ip)/],
      ['blocked', /suspected (spam ip|bounce)|blocked ip|reject(ed)? by blacklist/],
      ['filtered', /rejected by recipients?/],
      ['authfailure', /\b(spf|dkim|dmarc) check failed/],
    ],
  },
  {
    mark: /\b(163|126|yeah|188|netease)\.(com|net)/,
    says: [
      ['authfailure', /\bmi:spf\b|\bmi:d(kim|mrc)\b/],
      ['spamdetected', /\bdt:s(pm|um|yz)\b/],
      ['speeding', /\bmi:(stc|frl|cel|dma|dmc)\b|\brp:(cel|qrc|trc)\b/],
      ['blocked', /\b(hl:(rep|itc|ihu|ipb|irs)|mi:(sf[bq]|nhd|ipb)|in spam rbl|cr:ipr|rp:rcl)\b/],
      ['mesgtoobig', /\bmi:(sot|siz)\b/],
    ],
  },
  {
    mark: /orange\.fr|wanadoo|cloudmark|\bofr_?\d/,
    says: [
      ['toomanyconn', /\bofr\d*_?104\b/],
      ['spamdetected', /\bofr\d*_?50[67]\b/],
      ['systemerror', /\bofr\d*_?505\b/],
      ['userunknown', /\bofr\d*_?416\b/],
      ['mailboxfull', /\bofr\d*_?417\b/],
      ['suspend', /\bofr\d*_?420\b/],
      ['requireptr', /\bofr\d*_?109\b/],
      ['blocked', /\bofr\d*_?(10[2358]|999)\b/],
    ],
  },
  {
    mark: /\b(cox|charter|spectrum|rr|twc)\.(net|com)|\baup#/,
    says: [
      ['requireptr', /\bcxdns\b/],
      ['toomanyconn', /\bcx(cnct|mxrt)\b|aup#\S{0,20}13[34]0/],
      ['speeding', /\bcx(thrt|throttle)|aup#out/],
      ['rejected', /\bcxsndr\b/],
      ['blocked', /\bcxbl\b|aup#/],
    ],
  },
  {
    mark: /comcast\.(net|com)/,
    says: [
      ['requireptr', /\bptr\b/],
      ['speeding', /\brl00000\d\b/],
      ['blocked', /\b(bl|es)0000\d\d\b|found on one or more dnsbls/],
    ],
  },
  {
    mark: /\bezweb\.ne\.jp|\bau\.com/,
    says: [
      ['suspend', /account is disabled/],
      ['userunknown', /^[^a-z]*550:? <\S[^\s@]*@\S+>: user unknown/],
    ],
  },
  {
    mark: /gmx\.|web\.de|1and1|kundenserver|ionos|nemesis/,
    says: [
      ['requireptr', /ptr resource record|\bptr\b/],
      ['spamdetected', /policy restrictions.{0,20}spam/],
      ['blocked', /no smtp service|ip address is (block|black)|dynamic ip/],
    ],
  },
  {
    mark: /secureserver\.net/,
    says: [
      ['speeding', /\bib10[78]\b|\bib(212|607|610)\b/],
      ['blocked', /\bib(10[0-6]|110|504|510)\b|rbl/],
    ],
  },
  {
    mark: /mail\.ru|yandex/,
    says: [
      ['suspend', /account is disabled|user is terminated/],
      ['blocked', alternatives`gr[ae]ylist|dynamic ip`],
      ['userunknown', /no such user|user not found/],
      ['policyviolation', /policy rejection on the target/],
    ],
  },
];

/** What the receiver at `where`, by its own words `told`, means; null where it is none of the large ones. */
export const receiversReason = (where: string, told: string): Reason | null => {
  for (const { mark, says } of RECEIVERS) {
    if (!mark.test(where)) continue;
    const reason = says.find(([, pattern]) => pattern.test(told))?.[0];
    if (reason !== undefined) return reason;
  }
  return null;
};
