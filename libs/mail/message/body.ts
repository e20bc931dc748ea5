import { decodeCharset } from './charset.js';
import { unflow } from './flowed.js';
import { MESSAGE_LIMITS } from './limits.js';
import { contentOf, type Part } from './structure.js';

export type Body = Readonly<{
  plain: readonly Part[];
  html: readonly Part[];
  /** All other leaves, in the order of the message. */
  attachments: readonly Part[];
}>;

type Kind = 'mixed' | 'alternative' | 'related';
type Collected = { plain: Part[]; html: Part[]; attachments: Part[] };

/**
 * Which parts are the body, and which are attached: the rule of RFC 8621 4.1.4, except that an inline image is
 * always an attachment too and never the body.
 */
export const bodyOf = (message: Part): Body => {
  const found: Collected = { plain: [], html: [], attachments: [] };
  collect([message], 'mixed', false, found, found.plain, found.html);
  return found;
};

/** `plain` and `html`: where text goes; null where an alternative already has that form. */
const collect = (
  parts: readonly Part[],
  kind: Kind,
  inAlternative: boolean,
  found: Collected,
  plain: Part[] | null,
  html: Part[] | null,
): void => {
  const [plainBefore, htmlBefore] = [plain?.length ?? -1, html?.length ?? -1];
  let [plainInto, htmlInto] = [plain, html];
  parts.forEach((part, index) => {
    if (part.parts) {
      const nested = kindOf(part.contentType);
      collect(part.parts, nested, inAlternative || nested === 'alternative', found, plainInto, htmlInto);
      return;
    }
    if (!isBody(part, index, kind)) found.attachments.push(part);
    else if (kind === 'alternative') {
      const into = textType(part) === 'text/html' ? html : plain;
      if (into) into.push(part);
      else found.attachments.push(part);
    } else {
      const isHtml = textType(part) === 'text/html';
      if (inAlternative) {
        if (isHtml) plainInto = null;
        else htmlInto = null;
      }
      plainInto?.push(part);
      htmlInto?.push(part);
      if (!plainInto && !htmlInto) found.attachments.push(part);
    }
  });
  if (kind !== 'alternative' || !plain || !html) return;
  // Only one form was offered: it is the other one too.
  if (plain.length === plainBefore) plain.push(...html.slice(htmlBefore));
  else if (html.length === htmlBefore) html.push(...plain.slice(plainBefore));
};

const kindOf = (contentType: string): Kind =>
  contentType === 'multipart/alternative'
    ? 'alternative'
    : contentType === 'multipart/related'
      ? 'related'
      : 'mixed';

/** A multipart without its boundary is shown as the text that it is. */
export const textType = (part: Part): string =>
  part.contentType.startsWith('multipart/') ? 'text/plain' : part.contentType;

const isBody = (part: Part, index: number, kind: Kind): boolean => {
  const type = textType(part);
  if (part.disposition?.value === 'attachment' || (type !== 'text/plain' && type !== 'text/html'))
    return false;
  if (index === 0) return true;
  return kind !== 'related' && !part.parameters.has('name') && !part.disposition?.parameters.has('filename');
};

/** The decoded text of a part, lines ended by LF, format=flowed undone (RFC 3676); of its first bytes only, if so told. */
export const textOf = (part: Part, mostBytes = Infinity): string => {
  const start = { ...part, end: Math.min(part.end, part.start + mostBytes) };
  const text = decodeCharset(contentOf(start), part.parameters.get('charset') ?? '').replace(/\r\n?/g, '\n');
  const flowed = part.contentType === 'text/plain' && /^flowed$/i.test(part.parameters.get('format') ?? '');
  return flowed && text.length <= MESSAGE_LIMITS.derivedText
    ? unflow(text, /^yes$/i.test(part.parameters.get('delsp') ?? ''))
    : text;
};
