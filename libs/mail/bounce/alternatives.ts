/**
 * A pattern without regard to case, whose alternatives stand on several lines; their indentation does not count.
 * What repeats in them is bounded (`\w{0,20}`: no ending of a word is longer), or a text that repeats how they begin
 * would take time that grows with its square.
 */
export const alternatives = ({ raw }: TemplateStringsArray): RegExp =>
  new RegExp(
    raw[0]!
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .join('|'),
    'i',
  );
