const [LF, CR] = [10, 13];
const NAME = /^[!-9;-~]+[ \t]*$/;

/** Of the line that begins `at`; `end`: without its line break. */
export const lineAt = (bytes: Buffer, at: number): { end: number; next: number } => {
  const newline = bytes.indexOf(LF, at);
  if (newline < 0) return { end: bytes.length, next: bytes.length };
  return { end: newline > at && bytes[newline - 1] === CR ? newline - 1 : newline, next: newline + 1 };
};

/** The name of the field that a line begins, in lower case; null where it begins none. */
export const nameAt = (bytes: Buffer, at: number, end: number): string | null => {
  const start = bytes.toString('latin1', at, Math.min(end, at + 256));
  const name = start.slice(0, Math.max(0, start.indexOf(':')));
  return NAME.test(name) ? name.trimEnd().toLowerCase() : null;
};
