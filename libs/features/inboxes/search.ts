import type { InboxView } from './read-model.js';

/** Every word somewhere in address or name, whatever its case or accents. */
export const matching = (q: string): ((inbox: InboxView) => boolean) => {
  const words = plain(q).split(/\s+/).filter(Boolean);
  return ({ address, displayName }) => {
    const text = plain(`${address} ${displayName ?? ''}`);
    return words.every((word) => text.includes(word));
  };
};

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
