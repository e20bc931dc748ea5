const LONGEST = 200;
/** Where a snippet is taken from: nearly always the beginning is enough. */
const [USUAL, MOST] = [300, 4_000];

/** One line of at most 200 characters, cut between words where that is near, never inside a character. */
export const snippetOf = (text: string): string => {
  const beginning = lineOf(text.slice(0, USUAL));
  const start = beginning.length > LONGEST || text.length <= USUAL ? beginning : lineOf(text.slice(0, MOST));
  if (start.length <= LONGEST) return start;
  const cut = start.slice(0, LONGEST - 1);
  const space = cut.lastIndexOf(' ');
  const whole = space > LONGEST - 40 ? cut.slice(0, space) : cut.replace(/[\uD800-\uDBFF]$/, '');
  return `${whole}…`;
};

/** White space and controls, but for the single space that would be replaced by itself. */
const GAP = /(?:[^\S ]|[\0-\x1f\x7f-\x9f])[\s\0-\x1f\x7f-\x9f]*| [\s\0-\x1f\x7f-\x9f]+/g;

const lineOf = (text: string): string =>
  text
    .replace(/[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u00AD]|\u034F/g, '')
    .replace(GAP, ' ')
    .trim()
    .toWellFormed();
