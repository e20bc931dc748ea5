import { isIP } from 'node:net';
import { aLabels } from '../address/ascii.js';
import { isDmarcRecord, parseDmarcRecord, type DmarcRecord, type Policy } from './dmarc-record.js';
import { isAbsent, recordsAt, textOf, type Resolver } from './resolver.js';
import type { Status } from './results.js';

/** `from`: the addresses of the From field; `fromFields`: how many of them there are. The rest: what passed, A-labels. */
export type Identities = Readonly<{
  from: readonly string[];
  fromFields: number;
  spf: readonly string[];
  dkim: readonly string[];
}>;

/** `policy`: what is asked for where the message does not pass. */
export type Dmarc = Readonly<{ status: Status; policy: Policy | null }>;

type Found = Readonly<{ domain: string; record: DmarcRecord }>;
/** `fault`: names further up could not be asked. */
type Walk = Readonly<{ found: readonly Found[]; fault: boolean }>;

/** RFC 9989 section 4.10. */
const MOST_LABELS = 7;
const MOST_WALKS = 10;
const WEAKER: Readonly<Record<Policy, Policy>> = { reject: 'quarantine', quarantine: 'none', none: 'none' };

/** Whether what passed has to do with whom the message says it is from (RFC 9989). */
export const evaluateDmarc = async (identities: Identities, resolver: Resolver): Promise<Dmarc> => {
  const { from, fromFields } = identities;
  const author = fromFields === 1 ? authorDomain(from) : null;
  if (author === null) return { status: { result: fromFields > 0 ? 'permerror' : 'none' }, policy: null };
  const walk = await walkFrom(author, resolver);
  const own = walk.found.find(({ domain }) => domain === author);
  if (!own && walk.fault) return { status: { result: 'temperror', header: { from: author } }, policy: null };
  const organisation = organisationOf(author, walk.found);
  const applied = own ?? recordOf(organisation, walk.found);
  const wanted = applied?.record.policy;
  if (!applied || !wanted) return { status: { result: 'none', header: { from: author } }, policy: null };

  const { policy, isKnown } = await policyFor(author, applied, wanted, resolver);
  const aligned = await isAligned(
    identities,
    author,
    walk.fault ? null : organisation,
    applied.record,
    resolver,
  );
  const result = aligned === null || (!aligned && !isKnown) ? 'temperror' : aligned ? 'pass' : 'fail';
  const header = { from: author, d: applied.domain };
  const isCertain = isKnown && result !== 'temperror';
  return { status: { result, header, policy: isCertain ? { dmarc: policy } : undefined }, policy };
};

/** Of all authors; null where there are several domains, or one that nobody can tell. */
const authorDomain = (addresses: readonly string[]): string | null => {
  const domains = addresses.map((address) => {
    const at = address.lastIndexOf('@');
    const isOne = !address
      .slice(0, at)
      .replace(/"(?:[^"\\]|\\.)*"/g, '')
      .includes('@');
    const domain = aLabels(address.slice(at + 1).toLowerCase()).replace(/(?<!\.)\.+$/, '');
    return isOne && /^(?:[^\s"<>(),;:\\@[\]]+|\[[^[\]\\]*\])$/.test(domain) ? domain : null;
  });
  return new Set(domains).size === 1 ? (domains[0] ?? null) : null;
};

/** From the name up to its top-level domain, in at most eight look-ups; the records from the longest name on. */
const walkFrom = async (domain: string, resolver: Resolver): Promise<Walk> => {
  const found: Found[] = [];
  if (domain.startsWith('[') || isIP(domain)) return { found, fault: false };
  for (let labels = domain.split('.'); labels.length > 0;) {
    const name = labels.join('.');
    const record = await recordAt(name, resolver).catch(() => 'fault' as const);
    if (record === 'fault') return { found, fault: true };
    if (record) found.push({ domain: name, record });
    if (record?.psd) break;
    labels = labels.length > MOST_LABELS ? labels.slice(-MOST_LABELS) : labels.slice(1);
  }
  return { found, fault: false };
};

/** Several records are none. */
const recordAt = async (domain: string, resolver: Resolver): Promise<DmarcRecord | null> => {
  const name = `_dmarc.${domain}`;
  const texts = isName(name) ? (await recordsAt(resolver, name, 'TXT')).map(textOf) : [];
  const [text, ...others] = texts.filter(isDmarcRecord);
  return text === undefined || others.length > 0 ? null : parseDmarcRecord(text);
};

/** What DNS can be asked for. */
const isName = (name: string): boolean =>
  name.length <= 253 && name.split('.').every((label) => label !== '' && label.length <= 63);

/** RFC 9989 section 4.10.2. */
const organisationOf = (domain: string, found: readonly Found[]): string => {
  const decisive = found.find(
    ({ domain: at, record: { psd } }) => psd === 'n' || (psd === 'y' && at !== domain),
  );
  if (decisive?.record.psd === 'y') {
    const labels = decisive.domain.split('.').length + 1;
    return domain.split('.').slice(-labels).join('.');
  }
  return decisive?.domain ?? found.at(-1)?.domain ?? domain;
};

/** Its own record, else that of the public suffix above it. */
const recordOf = (organisation: string, found: readonly Found[]): Found | undefined => {
  const last = found.at(-1);
  return found.find(({ domain }) => domain === organisation) ?? (last?.record.psd === 'y' ? last : undefined);
};

/** RFC 9989 section 4.10.1. Where it is not known which of two is meant, the weaker one. */
const policyFor = async (
  author: string,
  { domain, record }: Found,
  { p, sp = p, np = sp }: NonNullable<DmarcRecord['policy']>,
  resolver: Resolver,
): Promise<Readonly<{ policy: Policy; isKnown: boolean }>> => {
  const isOwn = domain === author;
  const exists = isOwn || np === sp || (await doesExist(author, resolver).catch(() => null));
  const weaker =
    sp === 'none' || np === 'none' ? 'none' : sp === 'quarantine' || np === 'quarantine' ? 'quarantine' : sp;
  const policy = isOwn ? p : exists === null ? weaker : exists ? sp : np;
  return { policy: record.isTest ? WEAKER[policy] : policy, isKnown: exists !== null };
};

/** A name exists with any record, an alias that leads nowhere too. */
const doesExist = async (name: string, resolver: Resolver): Promise<boolean> => {
  try {
    await resolver(name, 'A');
    return true;
  } catch (error) {
    if (!isAbsent(error)) throw error;
    if ((error as Readonly<{ code?: string }>).code === 'ENODATA') return true;
    return (await recordsAt(resolver, name, 'CNAME')).length > 0;
  }
};

/** Null where that could not be found out. `organisation`: null where it is unknown. */
const isAligned = async (
  { spf, dkim }: Identities,
  author: string,
  organisation: string | null,
  { isExact }: DmarcRecord,
  resolver: Resolver,
): Promise<boolean | null> => {
  const exact = [...spf, ...dkim].some((domain) => domain === author);
  if (exact) return true;
  const relaxed = new Set([...(isExact.spf ? [] : spf), ...(isExact.dkim ? [] : dkim)]);
  const tld = (name: string) => name.slice(name.lastIndexOf('.') + 1);
  if (organisation === null) return [...relaxed].some((domain) => tld(domain) === tld(author)) ? null : false;
  const near = [...relaxed].filter(
    (domain) => domain === organisation || domain.endsWith(`.${organisation}`),
  );
  let isKnown = near.length <= MOST_WALKS;
  for (const domain of near.slice(0, MOST_WALKS)) {
    const { found, fault } = await walkFrom(domain, resolver);
    if (!fault && organisationOf(domain, found) === organisation) return true;
    isKnown &&= !fault;
  }
  return isKnown ? false : null;
};
