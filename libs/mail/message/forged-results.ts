/** From the first byte to the one behind the last. */
export type Range = Readonly<{ start: number; end: number }>;

/** `end`: without its break; `next`: behind it. */
type Line = Readonly<{ start: number; end: number; next: number }>;

const [LF, CR, SPACE, TAB, COLON] = [10, 13, 32, 9, 58];
const NAME = 'authentication-results';

/**
 * What claims in the header of a message to be a result of `authservId` (RFC 8601 section 5), in order: to be left
 * out. The header goes to its empty line, as the most patient reader sees it, and its lines are read both ways:
 * there are programs for which a bare CR ends one.
 */
export const forgedResults = (bytes: Buffer, authservId: string): readonly Range[] => {
  const name = authservId.toLowerCase();
  const found = [false, true].flatMap((isCrBreak) => claimsIn(bytes, isCrBreak, name));
  return united(found.sort((a, b) => a.start - b.start));
};

/** Where the lines end that go on from a field though none is in front of them: from one of those that we put there. */
export const danglingEnd = (bytes: Buffer): number => {
  let end = 0;
  for (const line of linesOf(bytes, false)) {
    if (!isFolded(bytes, line)) break;
    end = line.next;
  }
  return end;
};

const claimsIn = (bytes: Buffer, isCrBreak: boolean, name: string): Range[] => {
  const found: Range[] = [];
  let open: { start: number; valueStart: number; last: Line } | null = null;
  const close = () => {
    if (open && claimant(bytes.toString('latin1', open.valueStart, open.last.end)) === name)
      found.push(rangeOf(bytes, open.start, open.last));
    open = null;
  };
  for (const line of linesOf(bytes, isCrBreak)) {
    if (isFolded(bytes, line)) {
      if (open) open = { ...(open as { start: number; valueStart: number }), last: line };
      continue;
    }
    close();
    const valueStart = valueOf(bytes, line);
    if (valueStart !== null) open = { start: line.start, valueStart, last: line };
  }
  close();
  return found;
};

/** What a bare CR began goes with it, and leaves the break behind it to the line in front. */
const rangeOf = (bytes: Buffer, start: number, { end, next }: Line): Range =>
  start > 0 && bytes[start - 1] === CR ? { start: start - 1, end } : { start, end: next };

const united = (ranges: readonly Range[]): Range[] => {
  const all: Range[] = [];
  for (const { start, end } of ranges) {
    const last = all.at(-1);
    if (last && start <= last.end) all[all.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else all.push({ start, end });
  }
  return all;
};

/** Up to the empty line, which is one for everybody. */
function* linesOf(bytes: Buffer, isCrBreak: boolean): Generator<Line> {
  for (let start = 0; start < bytes.length;) {
    let end = start;
    while (end < bytes.length && bytes[end] !== LF && !(isCrBreak && bytes[end] === CR)) end++;
    const next = Math.min(bytes.length, end + (bytes[end] === CR && bytes[end + 1] === LF ? 2 : 1));
    if (end > start && bytes[end] === LF && bytes[end - 1] === CR) end--;
    const isEmpty = end === start && bytes[next - 1] === LF && (start === 0 || bytes[start - 1] === LF);
    if (isEmpty) return;
    yield { start, end, next };
    start = next;
  }
}

const isFolded = (bytes: Buffer, { start }: Line) => bytes[start] === SPACE || bytes[start] === TAB;

/** Where the value of such a field begins; null for any other line. */
const valueOf = (bytes: Buffer, { start, end }: Line): number | null => {
  let at = start + NAME.length;
  if (at > end || bytes.toString('latin1', start, at).toLowerCase() !== NAME) return null;
  while (bytes[at] === SPACE || bytes[at] === TAB) at++;
  return at < end && bytes[at] === COLON ? at + 1 : null;
};

/** The authserv-id, in lower case. */
const claimant = (value: string): string =>
  withoutComments(value)
    .trim()
    .split(/[\s;/]/, 1)[0]!
    .replace(/^"|"$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();

/** What a backslash stands before is just that, within a comment and without. */
const withoutComments = (text: string): string => {
  let depth = 0;
  let out = '';
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && depth > 0) depth--;
    else {
      if (text[at] === '\\') at += 1;
      if (depth === 0) out += text[at] ?? '';
    }
  }
  return out;
};
