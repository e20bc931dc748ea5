/** Whole words up to this length, the start of a word from there on. */
const WHOLE_WORD = 2;

const isPlain = (text: string): boolean => !/[^\0-\x7f]/.test(text);

const MARKS = /\p{M}+/gu;

/**
 * Case and accents aside, as both sides of every comparison are. Marks go first: to sort many at one letter, as
 * normalization does, takes time that grows with their square.
 */
export const foldText = (text: string): string =>
  isPlain(text)
    ? text.toLowerCase()
    : text
        .replace(MARKS, '')
        .normalize('NFKD')
        .replace(MARKS, '')
        .toLowerCase()
        .replace(UNMARKED, (letter) => BASES.get(letter) ?? letter);

/** Letters that collation (UTS 10) tells from others by case or accent alone, and normalization does not take apart. */
const BASES: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['ł', 'l'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['ħ', 'h'],
  ['ς', 'σ'],
]);
const UNMARKED = /[ßæœøłđðħς]/g;

/** The letters and digits of a text, word by word: `ann@bank.example` is three. */
export const tokensOf = (text: string): readonly string[] => foldText(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** Whether the tokens of a word follow each other somewhere in a text, the last perhaps only begun. */
export const holdsWord = (text: string, word: string): boolean => {
  const [tokens, wanted] = [tokensOf(text), tokensOf(word)];
  const last = wanted.at(-1);
  if (last === undefined) return true;
  const isLast = (token: string | undefined) =>
    last.length <= WHOLE_WORD ? token === last : (token ?? '').startsWith(last);
  return tokens.some(
    (_, at) =>
      wanted.slice(0, -1).every((token, index) => tokens[at + index] === token) &&
      isLast(tokens[at + wanted.length - 1]),
  );
};

/** The same question to FTS5; null where the word has no letter and so asks nothing. */
export const ftsTerm = (word: string): string | null => {
  const tokens = tokensOf(word);
  if (tokens.length === 0) return null;
  return `"${tokens.join(' ')}"${(tokens.at(-1) ?? '').length > WHOLE_WORD ? '*' : ''}`;
};
