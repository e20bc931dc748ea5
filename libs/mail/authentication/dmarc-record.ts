import { remembered } from './remembered.js';

export type Policy = 'none' | 'quarantine' | 'reject';

/**
 * `policy`: null where the record asks for nothing that can be done. `psd`: whether the domain is one that others
 * register domains at, if it says so. `isExact`: the identifier must be the very domain.
 */
export type DmarcRecord = Readonly<{
  policy: Readonly<{ p: Policy; sp?: Policy | undefined; np?: Policy | undefined }> | null;
  psd: 'y' | 'n' | null;
  isExact: Readonly<{ spf: boolean; dkim: boolean }>;
  isTest: boolean;
}>;

const VERSION = /^\s*v[ \t]*=[ \t]*DMARC1(?:[ \t]*;|\s*$)/;
const POLICIES: readonly string[] = ['none', 'quarantine', 'reject'] satisfies Policy[];
const REPORT_URI = /^[a-z][a-z0-9+.-]*:(?:[a-z0-9\-._~:/?#[\]@$&'()*+;=]|%[0-9a-f]{2})*(?:![0-9]+[kmgt]?)?$/i;

export const isDmarcRecord = (text: string): boolean => VERSION.test(text);

/** RFC 9989 section 4.7. What is no tag is passed over. */
export const parseDmarcRecord = remembered((text: string): DmarcRecord => {
  const tags = new Map<string, string>();
  for (const spec of text.split(';')) {
    const equals = spec.indexOf('=');
    if (equals > 0) tags.set(spec.slice(0, equals).trim().toLowerCase(), spec.slice(equals + 1).trim());
  }
  const word = (tag: string) => tags.get(tag)?.toLowerCase();
  const psd = word('psd');
  return {
    policy: policyOf(word('p'), word('sp'), word('np'), tags.get('rua') ?? ''),
    psd: psd === 'y' || psd === 'n' ? psd : null,
    isExact: { spf: word('aspf') === 's', dkim: word('adkim') === 's' },
    isTest: word('t') === 'y',
  };
});

/** RFC 9989 section 4.10.1: who asks for reports wants nothing done where it cannot be read what they want. */
const policyOf = (
  p: string | undefined,
  sp: string | undefined,
  np: string | undefined,
  rua: string,
): DmarcRecord['policy'] => {
  if (isPolicy(p) && (sp === undefined || isPolicy(sp)) && (np === undefined || isPolicy(np)))
    return { p, sp, np };
  return rua.split(',').some((uri) => REPORT_URI.test(uri.trim())) ? { p: 'none' } : null;
};

const isPolicy = (word: string | undefined): word is Policy => word !== undefined && POLICIES.includes(word);
