import { decodeCharset } from './charset.js';
import { decodeQ } from './transfer-encoding.js';

const WORD = /=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([BbQq])\?([^?]*)\?=/g;

/**
 * Decodes the encoded words of an unfolded value (RFC 2047, RFC 2231 5). White space between two of them is dropped,
 * and neighbours of one charset are decoded as one, since many mailers cut a character in two.
 */
export const decodeWords = (value: string): string => {
  if (!value.includes('=?')) return value;
  const out: string[] = [];
  let end = 0;
  let run: { charset: string; bytes: Buffer[] } | null = null;
  const flush = () => {
    if (run) out.push(printable(decodeCharset(Buffer.concat(run.bytes), run.charset)));
    run = null;
  };
  for (const match of value.matchAll(WORD)) {
    const [word, charset, encoding, text] = match as unknown as [string, string, string, string];
    const between = value.slice(end, match.index);
    const adjacent = run !== null && /^\s*$/.test(between);
    if (!adjacent) {
      flush();
      out.push(between);
    }
    const bytes = encoding === 'B' || encoding === 'b' ? Buffer.from(text, 'base64') : decodeQ(text);
    const open = run as { charset: string; bytes: Buffer[] } | null;
    if (open && adjacent && open.charset === charset.toLowerCase()) open.bytes.push(bytes);
    else {
      flush();
      run = { charset: charset.toLowerCase(), bytes: [bytes] };
    }
    end = match.index + word.length;
  }
  flush();
  out.push(value.slice(end));
  return out.join('');
};

/** A line break or NUL that was hidden in an encoded word stays no line break. */
const printable = (text: string) => text.replace(/[\0-\x08\x0a-\x1f\x7f]+/g, ' ');
