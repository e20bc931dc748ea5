import { DMARC_POLICIES, type DmarcPolicy, type RecordName, type RecordStatus } from './events.js';

/** What stands at a record's host: exchanges for MX, whole strings for TXT. */
export type Found = readonly string[];
export type Judgement = Readonly<{ status: RecordStatus; found: Found }>;

/** Whether what was found does what the expected value is for; `found` is cut down to what speaks to it. */
export const judge = (record: RecordName, expected: string, found: Found): Judgement => {
  const { relevant, isRight } = RULES[record];
  const spoken = found.filter(relevant);
  if (spoken.length === 0) return { status: 'missing', found: [] };
  return { status: isRight(spoken, expected) ? 'ok' : 'mismatch', found: spoken };
};

type Rule = Readonly<{
  relevant: (text: string) => boolean;
  isRight: (found: Found, expected: string) => boolean;
}>;

const RULES: Readonly<Record<RecordName, Rule>> = {
  MX: {
    relevant: () => true,
    isRight: (found, expected) => found.some((exchange) => host(exchange) === host(expected)),
  },
  SPF: {
    relevant: (text) => /^v=spf1( |$)/i.test(text),
    isRight: ([only = '', ...more], expected) => more.length === 0 && includes(only, includeOf(expected)),
  },
  DKIM: {
    relevant: () => true,
    isRight: (found, expected) => found.some((text) => isKey(tagsOf(text), tagsOf(expected))),
  },
  DMARC: {
    relevant: (text) => /^v\s*=\s*DMARC1\s*(;|$)/.test(text),
    isRight: ([only = '', ...more], expected) =>
      more.length === 0 && strictness(only) >= strictness(expected) && strictness(only) >= 0,
  },
  'gent-verify': {
    relevant: () => true,
    isRight: (found, expected) => found.some((text) => text.trim() === expected),
  },
};

const host = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** RFC 7208 section 12: a mechanism, or a modifier. */
const TERM =
  /^([+\-?~]?(all|include:\S+|a([:/]\S+)?|mx([:/]\S+)?|ptr(:\S+)?|ip[46]:\S+|exists:\S+)|[a-z][\w.-]*=\S*)$/i;

const includeOf = (spf: string): string => /include:(\S+)/i.exec(spf)?.[1] ?? '';

/** The host, or one beneath it, is included with a pass; what stands after `all` is never read. */
const includes = (spf: string, wanted: string): boolean => {
  const terms = spf.split(' ').filter(Boolean).slice(1);
  if (!terms.every((term) => TERM.test(term))) return false;
  const all = terms.findIndex((term) => /^[+\-?~]?all$/i.test(term));
  return terms.slice(0, all < 0 ? undefined : all).some((term) => {
    const included = host(/^\+?include:(\S+)$/i.exec(term)?.[1] ?? '');
    return included === host(wanted) || included.endsWith(`.${host(wanted)}`);
  });
};

type Tags = ReadonlyMap<string, string>;

/** `tag=value; tag=value`: of DKIM keys (RFC 6376 section 3.2) and of DMARC. White space in a value is folding. */
const tagsOf = (text: string): Tags =>
  new Map(
    text.split(';').map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name.trim(), value.join('=').replace(/\s+/g, '')] as const;
    }),
  );

/** RFC 6376 section 3.6.1: our key, and not narrowed so far that our signatures fail. */
const isKey = (found: Tags, expected: Tags): boolean =>
  found.get('p') === expected.get('p') &&
  (found.get('v') ?? 'DKIM1') === 'DKIM1' &&
  (found.get('k') ?? 'rsa') === 'rsa' &&
  (found.get('h') ?? 'sha256').split(':').includes('sha256') &&
  (found.get('s') ?? '*').split(':').some((service) => service === '*' || service === 'email');

/** -1 for a record without a policy that means anything (RFC 7489 section 6.3). */
const strictness = (dmarc: string): number =>
  DMARC_POLICIES.indexOf((tagsOf(dmarc).get('p') ?? '').toLowerCase() as DmarcPolicy);
