import type { InboxView } from './read-model.js';

/** Every word somewhere in address or name, whatever its case or accents. */
export const matching = (inboxes: readonly InboxView[], q: string): readonly InboxView[] => {
  const words = plain(q).split(/\s+/).filter(Boolean);
  return inboxes.filter(({ address, displayName }) => {
    const text = plain(`${address} ${displayName ?? ''}`);
    return words.every((word) => text.includes(word));
  });
};

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
