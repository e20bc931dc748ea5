import { decodeCharset } from './charset.js';

export type RtfText = Readonly<{ text: string | null; html: string | null }>;

/** Groups deeper than this are no text that anyone wrote. */
const MOST_DEPTH = 500;

/** What is no text: tables, pictures and facts about the document. */
const SKIPPED = new Set(
  'fonttbl colortbl stylesheet info pict object header footer filetbl listtable'.split(' '),
);

const SYMBOLS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    par: '\n',
    line: '\n',
    sect: '\n',
    page: '\n',
    row: '\n',
    tab: '\t',
    cell: '\t',
    lquote: '‘',
    rquote: '’',
    ldblquote: '“',
    rdblquote: '”',
    bullet: '•',
    endash: '–',
    emdash: '—',
    '~': '\u00a0',
    _: '\u2011',
    '{': '{',
    '}': '}',
    '\\': '\\',
  }),
);

/** Code pages of the character sets that a font table names. */
const FONT_CHARSETS: Readonly<Record<number, number>> = {
  128: 932,
  129: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
};

/** A control word with its number, a control symbol, a byte in hexadecimal, a brace, a line break, or text. */
const TOKEN = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)/gi;

type State = { skip: boolean; tag: boolean; rtfOnly: boolean; font: number; fallback: number };

/**
 * The text of an RTF document, one character a byte; where it was made of HTML, that HTML (MS-OXRTFEX): what stands
 * in its tags, and the text between them that is not for readers of RTF alone.
 */
export const readRtf = (rtf: string): RtfText => new Reader(rtf).read();

class Reader {
  private readonly fromHtml: boolean;
  private readonly out: string[] = [];
  private readonly stack: State[] = [];
  private readonly fonts = new Map<number, number>();
  private state: State = { skip: false, tag: false, rtfOnly: false, font: -1, fallback: 1 };
  private codePage = 1252;
  private bytes: number[] = [];
  private bytesOf = 1252;
  /** How many characters are left of what stands in for one that readers of old could not show. */
  private ignored = 0;
  private inFonts = 0;
  private font = -1;
  private starred = false;

  constructor(private readonly rtf: string) {
    this.fromHtml = /\\fromhtml1/.test(rtf.slice(0, 2_000));
  }

  read(): RtfText {
    if (!this.rtf.startsWith('{\\rtf')) return { text: null, html: null };
    const token = new RegExp(TOKEN);
    for (let match = token.exec(this.rtf); match; match = token.exec(this.rtf)) {
      const [, word, number, hex, symbol, brace, text] = match;
      // Bytes as they are, whatever they look like.
      if (word === 'bin') token.lastIndex += Math.max(0, Number(number ?? 0));
      if (brace !== undefined) {
        if (!this.brace(brace)) break;
      } else if (word !== undefined) this.word(word, number === undefined ? null : Number(number));
      else if (hex !== undefined) this.byte(parseInt(hex, 16));
      else if (symbol !== undefined) this.symbol(symbol);
      else if (text !== undefined) this.text(text);
    }
    this.flush();
    const shown = this.out.join('');
    if (this.fromHtml) return { text: null, html: shown.trim() === '' ? null : shown };
    return { text: shown.trim() === '' ? null : shown, html: null };
  }

  /** Whether there is anything behind it. */
  private brace(brace: string): boolean {
    this.flush();
    this.ignored = 0;
    this.starred = false;
    if (brace === '{') {
      if (this.stack.length >= MOST_DEPTH) return false;
      this.stack.push(this.state);
      this.state = { ...this.state };
      return true;
    }
    if (this.stack.length === this.inFonts) this.inFonts = 0;
    this.state = this.stack.pop() ?? this.state;
    return this.stack.length > 0;
  }

  private word(word: string, number: number | null): void {
    this.ignored = 0;
    const { state } = this;
    if (word === 'htmltag' && this.starred) state.tag = true;
    else if (SKIPPED.has(word) || this.starred) state.skip = true;
    else if (word === 'htmlrtf') {
      this.flush();
      state.rtfOnly = number !== 0;
    } else if (word === 'ansicpg') this.codePage = number || this.codePage;
    else if (word === 'uc') state.fallback = Math.min(Math.max(number ?? 1, 0), 100);
    else if (word === 'u' && number !== null) {
      this.put(String.fromCharCode(number & 0xffff));
      this.ignored = state.fallback;
    } else this.named(word);
    if (word === 'fonttbl') this.inFonts = this.stack.length;
    else if (word === 'f' && number !== null) {
      if (this.inFonts > 0) this.font = number;
      else state.font = number;
    } else if (word === 'fcharset' && this.inFonts > 0) {
      const codePage = FONT_CHARSETS[number ?? 0];
      if (codePage && this.fonts.size < 1_000) this.fonts.set(this.font, codePage);
    }
    this.starred = false;
  }

  private symbol(symbol: string): void {
    if (symbol === '*') this.starred = true;
    else if (symbol === '\n' || symbol === '\r') this.put('\n');
    else this.named(symbol);
  }

  private named(name: string): void {
    const shown = SYMBOLS.get(name);
    if (shown !== undefined) this.put(shown);
  }

  private byte(byte: number): void {
    if (this.ignored > 0) this.ignored--;
    else if (!this.isHidden()) {
      const codePage = this.fonts.get(this.state.font) ?? this.codePage;
      if (codePage !== this.bytesOf) this.flush();
      this.bytesOf = codePage;
      this.bytes.push(byte);
    }
  }

  private text(text: string): void {
    const rest = text.slice(this.ignored);
    this.ignored = Math.max(0, this.ignored - text.length);
    // The second byte of a character may be one of ASCII, and is written as such.
    if (this.bytes.length > 0) for (const letter of rest.slice(0, 1)) this.byte(letter.charCodeAt(0));
    this.put(this.bytes.length > 0 ? rest.slice(1) : rest);
  }

  private put(text: string): void {
    this.flush();
    if (!this.isHidden()) this.out.push(text);
  }

  private isHidden(): boolean {
    const { skip, tag, rtfOnly } = this.state;
    return skip || (rtfOnly && !tag);
  }

  private flush(): void {
    if (this.bytes.length === 0) return;
    this.out.push(decodeCharset(Uint8Array.from(this.bytes), `windows-${this.bytesOf}`));
    this.bytes = [];
  }
}
