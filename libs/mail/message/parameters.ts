import { decodeCharset } from './charset.js';
import { decodeWords } from './encoded-word.js';
import { MESSAGE_LIMITS } from './limits.js';

export type Parameterised = Readonly<{
  /** Lower case. */
  value: string;
  /** Names in lower case; continuations joined, charsets decoded (RFC 2231). */
  parameters: ReadonlyMap<string, string>;
}>;

const TOKEN_END = /[;\s]/;

/** Content-Type, Content-Disposition and their like: a value and its parameters, quoted, commented or bare. */
export const parseParameters = (text: string): Parameterised => {
  const raw = new Map<string, string>();
  const first = valueOf(text);
  let [at, equals] = [first.next, -1];
  while (at < text.length && raw.size < MESSAGE_LIMITS.parameters) {
    if (equals < at) equals = text.indexOf('=', at);
    if (equals < 0) break;
    const semicolon = text.indexOf(';', at);
    if (semicolon >= 0 && semicolon < equals) {
      at = semicolon + 1;
      continue;
    }
    const name = withoutComments(text.slice(at, equals))
      .trim()
      .replace(/[ \t]{1,9}\*$/, '*')
      .toLowerCase();
    const { content, next } = cut(text, equals + 1);
    if (name !== '' && name.length < 256 && !raw.has(name)) raw.set(name, content);
    at = next;
  }
  return { value: first.content.toLowerCase(), parameters: merge(raw) };
};

/** One that is never closed is none. */
const withoutComments = (text: string): string =>
  text.replace(/\([^)]*\)?/g, (comment) => (comment.endsWith(')') ? '' : comment));

/** The value in front; some leave it out, and some the semicolon behind it. */
const valueOf = (text: string): { content: string; next: number } => {
  const [bareValue, value] = /^\s*([\w!#$&^.+/-]{1,255})\s+(?=[\w*-]{1,30}\s*=)/.exec(text) ?? [];
  if (bareValue !== undefined) return { content: value!, next: bareValue.length };
  return /^\s*[\w*-]{1,30}\s*=/.test(text) ? { content: '', next: 0 } : cut(text, 0);
};

/** One value from `at`, and where the next parameter begins. */
const cut = (text: string, at: number): { content: string; next: number } => {
  while (text[at] === ' ' || text[at] === '\t') at++;
  if (text[at] === '"') {
    const parts: string[] = [];
    let end = at + 1;
    let from = end;
    while (end < text.length && text[end] !== '"') {
      // A lone backslash is a path of an old Windows mailer, not an escape.
      if (text[end] === '\\' && (text[end + 1] === '"' || text[end + 1] === '\\')) {
        parts.push(text.slice(from, end), text[end + 1]!);
        end += 2;
        from = end;
      } else end++;
    }
    parts.push(text.slice(from, end));
    const semicolon = text.indexOf(';', end);
    return { content: parts.join(''), next: semicolon < 0 ? text.length : semicolon + 1 };
  }
  const semicolon = text.indexOf(';', at);
  const end = semicolon < 0 ? text.length : semicolon;
  return { content: bare(text.slice(at, end)), next: semicolon < 0 ? text.length : semicolon + 1 };
};

/** Without a comment behind it; a file name with spaces that nobody quoted stays whole: `a (1).pdf` has no comment. */
const bare = (text: string): string => {
  const comment = text.indexOf('(');
  const isLast = text.slice(text.lastIndexOf(')') + 1).trim() === '' || !text.includes(')', comment);
  return (comment > 0 && isLast && TOKEN_END.test(text[comment - 1]!) ? text.slice(0, comment) : text).trim();
};

const SECTION = /^([^*]+)(?:\*(\d{1,3}))?(\*)?$/;

type Section = Readonly<{ at: number | null; text: string; extended: boolean }>;

const merge = (raw: ReadonlyMap<string, string>): Map<string, string> => {
  const merged = new Map<string, string>();
  const sections = new Map<string, Section[]>();
  for (const [name, text] of raw) {
    const [, base, number, star] = SECTION.exec(name) ?? [];
    if (base === undefined || (number === undefined && star === undefined))
      merged.set(name, decodeWords(text));
    else {
      const list = sections.get(base) ?? [];
      list.push({ at: number === undefined ? null : Number(number), text, extended: star !== undefined });
      sections.set(base, list);
    }
  }
  for (const [name, list] of sections) {
    const joined = join(inOrder(list));
    // What the plain one says is better than what cannot be decoded.
    if (!joined.includes('\uFFFD') || !merged.get(name)) merged.set(name, joined);
  }
  return merged;
};

/** One that is whole counts alone; of several with one number the first does. */
const inOrder = (list: readonly Section[]): readonly Section[] => {
  const whole = list.find(({ at }) => at === null);
  if (whole) return [whole];
  const numbered = new Map<number | null, Section>();
  for (const section of list) if (!numbered.has(section.at)) numbered.set(section.at, section);
  return [...numbered.values()].sort((a, b) => a.at! - b.at!);
};

/** The charset stands in front of the first section; sections that are not extended are taken as they are. */
const join = (list: readonly Section[]): string => {
  const [, charset, , head] = (list[0]?.extended && /^([^']*)'([^']*)'(.*)$/s.exec(list[0].text)) || [];
  const bytes = list.map(({ text, extended }, index) => {
    const own = index === 0 && head !== undefined ? head : text;
    return extended ? percentDecoded(own) : Buffer.from(own);
  });
  return decodeCharset(Buffer.concat(bytes), charset ?? 'utf-8');
};

const percentDecoded = (text: string): Buffer =>
  Buffer.concat(
    text
      .split(/(%[0-9a-fA-F]{2})/)
      .map((piece) =>
        /^%[0-9a-fA-F]{2}$/.test(piece) ? Buffer.from(piece.slice(1), 'hex') : Buffer.from(piece),
      ),
  );
