import { isUtf8 } from 'node:buffer';
import { decodeCharset } from './charset.js';
import { unflow } from './flowed.js';
import { firstValue } from './header.js';
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
  start?: string,
): void => {
  const [plainBefore, htmlBefore] = [plain?.length ?? -1, html?.length ?? -1];
  let [plainInto, htmlInto] = [plain, html];
  const root = kind === 'related' ? rootOf(parts, start) : 0;
  parts.forEach((part, index) => {
    if (part.parts) {
      const nested = kindOf(part.contentType);
      const within = inAlternative || nested === 'alternative';
      collect(part.parts, nested, within, found, plainInto, htmlInto, part.parameters.get('start'));
      return;
    }
    if (!isBody(part, index === root, kind)) found.attachments.push(part);
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

/** Which part shows the others (RFC 2387): the one that is named, else the first, else the page of some who put it behind. */
const rootOf = (parts: readonly Part[], start: string | undefined): number => {
  const id = (part: Part) => firstValue(part.header, 'content-id')?.replace(/[<>\s]/g, '');
  const wanted = start?.replace(/[<>\s]/g, '');
  const named = start ? parts.findIndex((part) => id(part) === wanted) : -1;
  if (named >= 0) return named;
  const [first] = parts;
  if (!first || first.parts || /^text\//.test(first.contentType)) return 0;
  return Math.max(
    0,
    parts.findIndex((part) => textType(part) === 'text/html'),
  );
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

const isBody = (part: Part, isRoot: boolean, kind: Kind): boolean => {
  const type = textType(part);
  if (part.disposition?.value === 'attachment' || (type !== 'text/plain' && type !== 'text/html'))
    return false;
  if (isRoot) return true;
  return kind !== 'related' && !part.parameters.has('name') && !part.disposition?.parameters.has('filename');
};

/** As the part says; an HTML page may say it in itself, if it is not the UTF-8 that such pages mostly are. */
const charsetOf = (part: Part, content: Buffer): string => {
  const told = part.parameters.get('charset');
  if (told || textType(part) !== 'text/html' || isUtf8(content)) return told ?? '';
  return (
    /<meta[^>]{1,200}charset\s*=\s*(?:["']\s*)?([\w.:-]+)/i.exec(content.toString('latin1', 0, 2_000))?.[1] ??
    ''
  );
};

/** The decoded text of a part, lines ended by LF, format=flowed undone (RFC 3676); of its first bytes only, if so told. */
export const textOf = (part: Part, mostBytes = Infinity): string => {
  const start = { ...part, end: Math.min(part.end, part.start + mostBytes) };
  const content = contentOf(start);
  const text = withLineFeeds(decodeCharset(content, charsetOf(part, content)));
  const flowed = part.contentType === 'text/plain' && /^flowed$/i.test(part.parameters.get('format') ?? '');
  return flowed && text.length <= MESSAGE_LIMITS.derivedText
    ? unflow(text, /^yes$/i.test(part.parameters.get('delsp') ?? ''))
    : text;
};

/** Two plain searches take half the time of one for either break. */
const withLineFeeds = (text: string): string => text.replace(/\r\n/g, '\n').replace(/\r/g, '\n');
