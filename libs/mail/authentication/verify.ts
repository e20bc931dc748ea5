import { Readable } from 'node:stream';
import { authenticate } from 'mailauth';
import { evaluateDmarc } from 'mailauth/lib/dmarc/index.js';
import { spf } from 'mailauth/lib/spf/index.js';
import { parseAddresses } from '../address/address-list.js';
import { allValues, readHeader, type HeaderBlock } from '../message/header.js';
import { resultOf, type Status } from './results.js';

/** In the form of `dns.promises.resolve`, its error codes too. */
export type Resolver = (name: string, type: string) => Promise<unknown[]>;

/** What SPF goes by, and who we are. `mailFrom`: empty for the null sender. */
export type Envelope = Readonly<{
  remoteIp: string;
  helo: string;
  mailFrom: string;
  hostname: string;
}>;

/**
 * Results in the words of RFC 8601; of several signatures the best. `dmarcPolicy`: what the sender's domain asks for
 * where DMARC fails. `results`: the value of an Authentication-Results field, without the authserv-id.
 */
export type Authentication = Readonly<{
  spf: string;
  dkim: string;
  dmarc: string;
  arc: string;
  dmarcPolicy: 'none' | 'quarantine' | 'reject' | null;
  results: string;
}>;

/** More cost more than they tell: each signature may want a hash of the whole body, a look-up and a verification. */
const MOST_SIGNATURES = 20;
const MOST_HEADER_BYTES = 256 * 1024;
/** How much of a message `verify` wants to see at once. */
export const HEAD_BYTES = MOST_HEADER_BYTES + 4;

const PREFERENCE = ['pass', 'temperror', 'fail', 'policy', 'permerror', 'neutral', 'none'];
const POLICIES = ['none', 'quarantine', 'reject'] as const;

/**
 * SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989) and ARC (RFC 8617) of one message. Never fails: what cannot be
 * found out is `temperror`, also whatever is still unknown after `timeMs`.
 * `head`: the first `HEAD_BYTES` of `content`, or all of it.
 */
export const verify = async (
  head: Buffer,
  content: AsyncIterable<Uint8Array>,
  envelope: Envelope,
  resolver: Resolver,
  timeMs: number,
): Promise<Authentication> => {
  const deadline = performance.now() + timeMs;
  const bounded = within(deadline, resolver);
  try {
    const header = readHeader(head);
    return isReasonable(header, head)
      ? await everything(
          head.length < HEAD_BYTES ? head : Readable.from(until(deadline, content), { objectMode: false }),
          envelope,
          bounded,
        )
      : await withoutSignatures(header, envelope, bounded);
  } catch {
    return unknown();
  }
};

/** Nothing could be found out. */
export const unknown = (): Authentication =>
  summary({ spf: [TROUBLE], dkim: [TROUBLE], arc: [TROUBLE], dmarc: [TROUBLE] }, null);

const TROUBLE: Status = { result: 'temperror' };
const REFUSED: Status = { result: 'permerror' };

type Statuses = Readonly<Record<'spf' | 'dkim' | 'arc' | 'dmarc', readonly Status[]>>;

const everything = async (
  message: Buffer | Readable,
  envelope: Envelope,
  resolver: Resolver,
): Promise<Authentication> => {
  const found = await authenticate(message, {
    ...spfOptions(envelope, resolver),
    disableBimi: true,
    rejectRsaSha1: true,
  });
  const dmarc = found.dmarc ? found.dmarc.status : { result: found.dkim.fromFields ? 'permerror' : 'none' };
  const statuses = {
    dkim: (found.dkim.results ?? []).map(({ status }) => inOurWords(status)),
    spf: found.spf ? [found.spf.status] : [],
    arc: found.arc ? [found.arc.status] : [],
    dmarc: [dmarc],
  };
  return summary(statuses, found.dmarc ? found.dmarc.policy : null);
};

/** A body that was changed is a verification that failed (RFC 8601 section 2.7.1), which mailauth calls neutral. */
const inOurWords = (status: Status & Readonly<{ comment?: string | false }>): Status =>
  status.comment === 'body hash did not verify' ? { ...status, result: 'fail' } : status;

/** SPF alone, and what it is worth for DMARC: more would be paid for by everybody else's mail. */
const withoutSignatures = async (
  header: HeaderBlock,
  envelope: Envelope,
  resolver: Resolver,
): Promise<Authentication> => {
  const found = await spf(spfOptions(envelope, resolver));
  const from = allValues(header, 'from');
  const { response } = await evaluateDmarc({
    headerFrom: from.flatMap(parseAddresses).map(({ email }) => email),
    spfDomains: found.status.result === 'pass' ? [found.domain] : [],
    dkimDomains: [],
    resolver,
  } as Parameters<typeof evaluateDmarc>[0]);
  const dmarc = response ? response.status : REFUSED;
  const statuses = { spf: [found.status], dkim: [REFUSED], arc: [REFUSED], dmarc: [dmarc] };
  return summary(statuses, response ? response.policy : null);
};

const spfOptions = ({ remoteIp, helo, mailFrom, hostname }: Envelope, resolver: Resolver) => ({
  ip: remoteIp,
  helo,
  sender: mailFrom,
  mta: hostname,
  resolver: resolver as never,
});

const isReasonable = ({ fields, cut, bodyStart }: HeaderBlock, head: Buffer): boolean => {
  const ends = !cut && (bodyStart < head.length || head.length < HEAD_BYTES);
  const signatures = fields.filter(({ name }) => name === 'dkim-signature').length;
  return ends && bodyStart <= MOST_HEADER_BYTES && signatures <= MOST_SIGNATURES;
};

const summary = (statuses: Statuses, policy: string | null | undefined): Authentication => {
  const best = (method: keyof Statuses) =>
    PREFERENCE.find((result) => statuses[method].some((status) => status.result === result)) ??
    statuses[method][0]?.result ??
    'none';
  const lines = (['dkim', 'spf', 'arc', 'dmarc'] as const).flatMap((method) =>
    statuses[method].map((status) => resultOf(method, status)),
  );
  return {
    spf: best('spf'),
    dkim: best('dkim'),
    dmarc: best('dmarc'),
    arc: best('arc'),
    dmarcPolicy: POLICIES.find((known) => known === policy) ?? null,
    results: lines.join(';\r\n\t'),
  };
};

/** Past the deadline every question is answered as one that DNS was silent on. */
const within =
  (deadline: number, resolver: Resolver): Resolver =>
  async (name, type) => {
    const late = Promise.withResolvers<never>();
    const give = () => late.reject(Object.assign(new Error('Too late'), { code: 'ETIMEOUT' }));
    const timer = setTimeout(give, Math.max(0, deadline - performance.now()));
    try {
      return await Promise.race([resolver(name, type), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };

/** A body that takes forever to hash is given up. */
async function* until(deadline: number, content: AsyncIterable<Uint8Array>) {
  for await (const chunk of content) {
    if (performance.now() > deadline) throw new Error('Too late');
    yield chunk;
  }
}
