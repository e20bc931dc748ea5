import { foldText } from '#platform/search/words';
import type { InboxView } from './read-model.js';

/** Every word somewhere in address or name, whatever its case or accents. */
export const matching = (q: string): ((inbox: InboxView) => boolean) => {
  const words = foldText(q).split(/\s+/).filter(Boolean);
  return ({ address, displayName }) => {
    const text = foldText(`${address} ${displayName ?? ''}`);
    return words.every((word) => text.includes(word));
  };
};
