import { setImmediate } from 'node:timers/promises';
import { parseAddresses } from '../address/address-list.js';
import { allValues, readHeader, type HeaderBlock } from '../message/header.js';
import { chainIn, verifyChain } from './arc.js';
import { readDkimHeader, type DkimHeader } from './dkim-message.js';
import { Bodies, signaturesOf, verifySignature, type DkimResult } from './dkim.js';
import { evaluateDmarc } from './dmarc.js';
import { recordsAt, textOf, type Resolver } from './resolver.js';
import { resultOf, type Status } from './results.js';
import { checkSpf, type Envelope } from './spf.js';

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

/** `head`: the first `HEAD_BYTES` of `content`, or all of it. */
export type Message = Readonly<{ head: Buffer; content: AsyncIterable<Uint8Array> }>;

/** More cost more than they tell: each signature may want a hash of the whole body, a look-up and a verification. */
const MOST_SIGNATURES = 10;
const MOST_HEADER_BYTES = 256 * 1024;
/** How much of a message `verify` wants to see at once. */
export const HEAD_BYTES = MOST_HEADER_BYTES + 4;
/** What is hashed before the clock is looked at again. */
const PIECE = 64 * 1024;

const PREFERENCE = ['pass', 'temperror', 'fail', 'policy', 'permerror', 'neutral', 'none'];
const POLICIES = ['none', 'quarantine', 'reject'] as const;

/**
 * SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989) and ARC (RFC 8617) of one message. Never fails: what cannot be
 * found out is `temperror`, also whatever is still unknown after `timeMs`. `at`: the time, ISO 8601.
 */
export const verify = async (
  { head, content }: Message,
  envelope: Envelope,
  resolver: Resolver,
  { timeMs, at }: Readonly<{ timeMs: number; at: string }>,
): Promise<Authentication> => {
  const bounded = within(timeMs, resolver);
  try {
    const header = readHeader(head);
    const signed = readDkimHeader(head);
    const message = { head, content: until(performance.now() + timeMs, content) };
    const [spf, { dkim, arc: chain }] = await Promise.all([
      checkSpf(envelope, bounded.resolver),
      isReasonable(header, signed, head)
        ? signaturesIn(message, signed, bounded.resolver, Date.parse(at) / 1_000)
        : { dkim: null, arc: REFUSED },
    ]);
    const dmarc = await evaluateDmarc(
      {
        from: allValues(header, 'from')
          .flatMap(parseAddresses)
          .map(({ email }) => email),
        fromFields: signed.fields.filter(({ name }) => name === 'from').length,
        spf: spf.result === 'pass' ? [spf.domain] : [],
        dkim: dkim?.flatMap(({ result, domain }) => (result === 'pass' && domain ? [domain] : [])) ?? [],
      },
      bounded.resolver,
    );
    const signatures = dkim?.map(statusOf) ?? [REFUSED];
    return summary(
      {
        dkim: signatures.length > 0 ? signatures : [{ result: 'none' }],
        spf: [spf.status],
        arc: [chain],
        dmarc: [dmarc.status],
      },
      dmarc.policy,
    );
  } catch {
    return unknown();
  } finally {
    bounded.end();
  }
};

/** Nothing could be found out. */
export const unknown = (): Authentication =>
  summary({ spf: [TROUBLE], dkim: [TROUBLE], arc: [TROUBLE], dmarc: [TROUBLE] }, null);

const TROUBLE: Status = { result: 'temperror' };
const REFUSED: Status = { result: 'permerror' };

type Statuses = Readonly<Record<'spf' | 'dkim' | 'arc' | 'dmarc', readonly Status[]>>;

const signaturesIn = async (
  message: Message,
  header: DkimHeader,
  resolver: Resolver,
  now: number,
): Promise<Readonly<{ dkim: readonly DkimResult[]; arc: Status }>> => {
  const signatures = signaturesOf(header);
  const chain = chainIn(header);
  const bodies = new Bodies(typeof chain === 'string' ? signatures : [...signatures, chain.newest]);
  if (bodies.isWanted) await hashBody(message, header.bodyStart, bodies);
  const findRecord = async (name: string) => {
    const [record] = await recordsAt(resolver, name, 'TXT');
    return record === undefined ? null : textOf(record);
  };
  const dkim = await Promise.all(
    signatures.map((signature) => verifySignature(signature, header, bodies, findRecord, now)),
  );
  return { dkim, arc: { result: await verifyChain(chain, header, bodies, findRecord, now) } };
};

/** In one go where all of it is there; others get their turn between the pieces of a large one. */
const hashBody = async ({ head, content }: Message, bodyStart: number, bodies: Bodies): Promise<void> => {
  if (isWhole(head)) return bodies.update(head.subarray(bodyStart));
  let at = 0;
  for await (const piece of content) {
    bodies.update(piece.subarray(Math.max(0, bodyStart - at)));
    at += piece.length;
    await setImmediate();
  }
};

const isWhole = (head: Buffer): boolean => head.length < HEAD_BYTES;

const statusOf = ({ result, claims, weak }: DkimResult): Status => ({
  result,
  header: claims,
  policy: weak && { 'dkim-rules': `weak-${weak}` },
});

const isReasonable = (header: HeaderBlock, signed: DkimHeader, head: Buffer): boolean => {
  const { fields } = signed;
  const bodyStart = Math.max(header.bodyStart, signed.bodyStart);
  const ends = !header.cut && (bodyStart < head.length || isWhole(head));
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

/** Once the time is up every question is answered as one that DNS was silent on; `end`: nobody asks any more. */
const within = (timeMs: number, resolver: Resolver): Readonly<{ resolver: Resolver; end: () => void }> => {
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => undefined);
  const give = () => late.reject(Object.assign(new Error('Too late'), { code: 'ETIMEOUT' }));
  const timer = setTimeout(give, timeMs);
  return {
    resolver: (name, type) => Promise.race([resolver(name, type), late.promise]),
    end: () => clearTimeout(timer),
  };
};

/** In pieces; a body that takes forever to hash is given up. */
async function* until(deadline: number, content: AsyncIterable<Uint8Array>) {
  for await (const chunk of content)
    for (let at = 0; at < chunk.length; at += PIECE) {
      if (performance.now() > deadline) throw new Error('Too late');
      yield chunk.subarray(at, at + PIECE);
    }
}
