import { aLabels } from '../address/ascii.js';

type Macro = Readonly<{
  letter: string;
  last: number;
  isReversed: boolean;
  delimiters: string;
  isUrl: boolean;
}>;

/** A macro-string (RFC 7208 section 7.1) in its pieces. */
export type MacroString = readonly (string | Macro)[];

const PIECE = /%\{([slodiphcrtv])(\d*)(r?)([.\-+,/_=]*)\}|%([%_-])|([!-$&-~]+)/giy;
const TOP_LABEL = /^(?!\d+$)(?!-)[a-z0-9-]+(?<!-)$/i;
const LABEL = /^[\x20-\x2d\x2f-\x7e]{1,63}$/;
const ESCAPES: Readonly<Record<string, string>> = { '%': '%', _: ' ', '-': '%20' };
const LONGEST_NAME = 253;

/** Null for what is none. `c`, `r` and `t` are for explanations only, which nobody here reads. */
export const parseMacroString = (text: string): MacroString | null => {
  const pieces: (string | Macro)[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const [found, letter, digits = '', reversed, delimiters = '', escape, literal] = PIECE.exec(text) ?? [];
    if (found === undefined || (digits !== '' && Number(digits) === 0)) return null;
    if (letter === undefined) pieces.push(literal ?? ESCAPES[escape ?? ''] ?? '');
    else
      pieces.push({
        letter: letter.toLowerCase(),
        last: digits === '' ? Infinity : Number(digits),
        isReversed: reversed !== '',
        delimiters: delimiters || '.',
        isUrl: letter < 'a',
      });
  }
  return pieces;
};

/** A domain-spec: a macro-string that ends in a macro or in a top-level label. */
export const parseDomainSpec = (text: string): MacroString | null => {
  const pieces = parseMacroString(text);
  if (!pieces || pieces.some((piece) => typeof piece !== 'string' && 'crt'.includes(piece.letter)))
    return null;
  if (typeof pieces.at(-1) === 'object' || /%[%_-]$/.test(text)) return pieces;
  const labels = text.replace(/\.$/, '').split('.');
  return labels.length > 1 && TOP_LABEL.test(labels.at(-1) ?? '') ? pieces : null;
};

export const uses = (text: MacroString, letters: string): boolean =>
  text.some((piece) => typeof piece !== 'string' && letters.includes(piece.letter));

/** A name that DNS can be asked for; null where the text becomes none. Too long a one loses labels in front. */
export const expandName = (text: MacroString, values: Readonly<Record<string, string>>): string | null => {
  const expanded = text.map((piece) => (typeof piece === 'string' ? piece : expand(piece, values))).join('');
  let name = aLabels(expanded).replace(/\.$/, '');
  while (name.length > LONGEST_NAME && name.includes('.')) name = name.slice(name.indexOf('.') + 1);
  return isName(name) ? name : null;
};

const expand = (
  { letter, last, isReversed, delimiters, isUrl }: Macro,
  values: Readonly<Record<string, string>>,
) => {
  const value = values[letter] ?? '';
  const parts = [...value].reduce<string[]>(
    (all, character) => {
      if (delimiters.includes(character)) all.push('');
      else all[all.length - 1] += character;
      return all;
    },
    [''],
  );
  if (isReversed) parts.reverse();
  const kept = parts.slice(-Math.min(last, parts.length)).join('.');
  return isUrl ? encodeURIComponent(kept.toWellFormed()).replace(/[!'()*]/g, percent) : kept;
};

const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

export const isName = (name: string): boolean => {
  const labels = name.split('.');
  return (
    name.length <= LONGEST_NAME &&
    labels.length > 1 &&
    labels.every((label) => LABEL.test(label)) &&
    TOP_LABEL.test(labels.at(-1) ?? '')
  );
};
