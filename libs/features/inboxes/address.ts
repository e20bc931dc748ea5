import { domainToASCII } from 'node:url';

export type Address = Readonly<{ address: string; domain: string }>;

/** Dot-atom (RFC 5322 section 3.2.3) without `+`, which is for tags; lower case already. */
const LOCAL_PART = /^[a-z0-9!#$%&'*/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*/=?^_`{|}~-]+)*$/;

/** RFC 5321 section 4.5.3.1. */
const LONGEST_LOCAL_PART = 64;
const LONGEST = 254;

/** A new address as it is stored and compared: lower case, its domain in A-labels. Null if it cannot be one. */
export const newAddress = (text: string): Address | null => {
  const found = addressOf(text);
  const local = found?.address.slice(0, found.address.lastIndexOf('@')) ?? '';
  return LOCAL_PART.test(local) && local.length <= LONGEST_LOCAL_PART ? found : null;
};

/** As `newAddress`, of one that may exist: whatever stands before the `@`. */
export const addressOf = (text: string): Address | null => {
  const at = text.lastIndexOf('@');
  if (at < 1 || text.length > 2 * LONGEST || /[/\\:?#%[\]\s]/.test(text.slice(at))) return null;
  const domain = domainToASCII(text.slice(at + 1));
  const address = `${text.slice(0, at).toLowerCase()}@${domain}`;
  return domain !== '' && address.length <= LONGEST ? { address, domain } : null;
};
