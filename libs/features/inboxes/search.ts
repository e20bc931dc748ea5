import { domainToUnicode } from 'node:url';
import { foldText } from '#platform/search/words';
import type { InboxView } from './read-model.js';

/** Every word somewhere in address or name, whatever its case or accents; of a domain also as people write it. */
export const matching = (q: string): ((inbox: InboxView) => boolean) => {
  const words = foldText(q).split(/\s+/).filter(Boolean);
  return ({ address, domain, displayName }) => {
    const written = domain.includes('xn--') ? address.replace(domain, domainToUnicode(domain)) : '';
    const text = foldText(`${address} ${written} ${displayName ?? ''}`);
    return words.every((word) => text.includes(word));
  };
};
