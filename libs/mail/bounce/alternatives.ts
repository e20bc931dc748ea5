/**
 * A pattern without regard to case, whose alternatives stand on several lines; their indentation does not count.
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
