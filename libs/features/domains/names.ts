import { domainToASCII } from 'node:url';
import { isIP } from 'node:net';
import { parse } from 'tldts';
import { RECORD_HOSTS } from './dns-records.js';

/** So that the name of our key before it still makes a name that DNS can hold. */
const LONGEST = 253 - `${RECORD_HOSTS.DKIM}.`.length;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A domain as it is stored and compared: lower case, A-labels (RFC 5891). Null for what nobody can own: an address,
 * a single label, a public suffix such as `co.uk`, or no name at all.
 */
export const domainName = (text: string): string | null => {
  if (text.length > 255 || /[\s/\\@:?#%[\]]/.test(text)) return null;
  const name = domainToASCII(text.replace(/\.$/, ''));
  const labels = name.split('.');
  const isName = labels.length > 1 && labels.every((label) => LABEL.test(label)) && name.length <= LONGEST;
  if (!isName || isIP(name) || !/[a-z]/.test(labels.at(-1) ?? '')) return null;
  return parse(name).publicSuffix === name ? null : name;
};

/** Verified without DNS in the sandbox; RFC 6761 gives it to nobody. */
export const isSandboxName = (domain: string): boolean => domain.endsWith('.test');
