import { MESSAGE_LIMITS } from './limits.js';

/**
 * What the sender of a reply wrote, above, below or between the quoted lines: without these, without what introduces
 * them ("On … wrote:", Outlook's header block) and without the signature block.
 */
export const replyText = (text: string): string => {
  const lines = text.slice(0, MESSAGE_LIMITS.derivedText).split('\n');
  return lines.join('\n').trim();
};
