import { domainToASCII } from 'node:url';

export const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

/**
 * A domain in A-labels (RFC 5891); empty where it has none. One of ASCII alone stays as it is: the URL parser would
 * make more of it than a name.
 */
export const aLabels = (domain: string): string => (isAscii(domain) ? domain : domainToASCII(domain));
