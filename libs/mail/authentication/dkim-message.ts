/** `raw`: a character a byte, lines joined by CRLF, without the last one. */
export type DkimField = Readonly<{ name: string; raw: string }>;
export type DkimHeader = Readonly<{ fields: readonly DkimField[]; bodyStart: number }>;

const LF = 10;
const CR = 13;
const START = /^([!-9;-~]+)[ \t]*:/;

/**
 * The header of a message as DKIM sees it, up to the first empty line. What begins no field belongs to the field
 * before it, whatever else it may be taken for: so it can void a signature, but not hide from one.
 */
export const readDkimHeader = (bytes: Buffer): DkimHeader => {
  const { end, bodyStart } = headerEnd(bytes);
  const fields: { name: string; raw: string }[] = [];
  const lines = bytes.toString('latin1', 0, end).split(/\r?\n/);
  for (const line of lines) {
    const name = nameOf(line);
    const last = fields.at(-1);
    if (name !== undefined) fields.push({ name, raw: line });
    else if (last && line !== '') last.raw += `\r\n${line}`;
  }
  return { fields, bodyStart };
};

/** In lower case. */
const nameOf = (line: string): string | undefined =>
  line.startsWith(' ') || line.startsWith('\t') ? undefined : START.exec(line)?.[1]?.toLowerCase();

const headerEnd = (bytes: Buffer): { end: number; bodyStart: number } => {
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(LF, at);
    if (newline < 0) break;
    if (newline === at || (newline === at + 1 && bytes[at] === CR))
      return { end: at, bodyStart: newline + 1 };
    at = newline + 1;
  }
  return { end: bytes.length, bodyStart: bytes.length };
};
