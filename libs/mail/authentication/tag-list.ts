/** Of tags in the order in which they stand; names are case-sensitive. */
export type TagList = ReadonlyMap<string, string>;

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
/** More than anything that means something has. */
const MOST_TAGS = 100;

/** Without the folding white space around it. */
export const trimmed = (text: string): string => {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
};

const isSpace = (code: number): boolean => code === 32 || code === 9 || code === 13 || code === 10;

export const withoutSpace = (text: string): string => text.replace(/[ \t\r\n]+/g, '');

/** The entries of a colon-separated value, in lower case (RFC 6376 section 3.5: h=, q=; 3.6.1: h=, s=, t=). */
export const entriesOf = (value: string): readonly string[] =>
  withoutSpace(value).toLowerCase().split(':').filter(Boolean);

/** RFC 6376 section 3.2; null for what is no tag list, such as one that has a tag twice. */
export const parseTagList = (text: string): TagList | null => {
  const tags = new Map<string, string>();
  const specs = text.split(';', MOST_TAGS + 1);
  if (specs.length > 1 && trimmed(specs.at(-1) ?? '') === '') specs.pop();
  if (specs.length > MOST_TAGS) return null;
  for (const spec of specs) {
    const equals = spec.indexOf('=');
    const name = trimmed(spec.slice(0, Math.max(equals, 0)));
    if (!NAME.test(name) || tags.has(name)) return null;
    tags.set(name, trimmed(spec.slice(equals + 1)));
  }
  return tags;
};
