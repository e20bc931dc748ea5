import { decodeEntities } from './entities.js';
import { MESSAGE_LIMITS } from './limits.js';

/** What begins on a line of its own; of these, what stands apart by an empty line. */
const BLOCKS = new Set(
  (
    'address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form ' +
    'h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul'
  ).split(' '),
);
const APART = new Set('blockquote dl h1 h2 h3 h4 h5 h6 ol p pre ul table'.split(' '));
/** What they hold is not text. */
const SILENT = new Set('head math noframes object script style svg template title'.split(' '));
/** Their content is no markup. */
const RAW = new Set(['script', 'style', 'title']);

/**
 * The text of an HTML body as a plain-text mailer would have sent it: links as `text [url]`, list items with a dash,
 * quotations with `>`. One pass without recursion: time is linear in the length, whatever is nested in what.
 */
export const textOfHtml = (html: string): string => new Stripper(html).run();

class Stripper {
  private readonly lines: string[] = [];
  private line: string[] = [];
  private size = 0;
  /** An empty line is due. */
  private apart = false;
  private emittedDepth = 0;
  private spacePending = false;
  private quoteDepth = 0;
  private preDepth = 0;
  /** Quotation marks that do not come again. */
  private readonly unclosed = new Set<string>();
  private silent: { name: string; depth: number } | null = null;
  private readonly links: { href: string; at: number }[] = [];

  constructor(private readonly html: string) {}

  run(): string {
    const { html } = this;
    let at = 0;
    while (at < html.length && this.size < MESSAGE_LIMITS.derivedText) {
      MARKUP.lastIndex = at;
      const open = MARKUP.exec(html)?.index ?? -1;
      if (open < 0) break;
      if (open > at) this.text(html.slice(at, Math.min(open, at + MESSAGE_LIMITS.derivedText)));
      at = this.markup(open);
    }
    if (at < html.length && this.size < MESSAGE_LIMITS.derivedText)
      this.text(html.slice(at, at + MESSAGE_LIMITS.derivedText));
    this.breakLine();
    return this.lines.join('\n').trim();
  }

  /** Handles what starts with the `<` at `open`; where it ends. */
  private markup(open: number): number {
    const { html } = this;
    if (html.startsWith('<!--', open)) return this.past('-->', open + 4);
    const next = html.charCodeAt(open + 1);
    if (next === 0x21 || next === 0x3f) return this.past('>', open + 1);
    TAG.lastIndex = open;
    const match = TAG.exec(html);
    if (!match) return this.past('>', open + 1);
    const name = match[2]!.toLowerCase();
    const end = this.tagEnd(TAG.lastIndex);
    if (match[1] === '/') this.closeTag(name);
    else this.openTag(name, html.slice(TAG.lastIndex, Math.min(end, TAG.lastIndex + 8_192)));
    if (match[1] === '' && RAW.has(name)) return this.pastRaw(name, end);
    return end;
  }

  private past(mark: string, from: number): number {
    const found = this.html.indexOf(mark, from);
    return found < 0 ? this.html.length : found + mark.length;
  }

  /** After the `>` that is in no quoted attribute; where a quote is never closed, after the first `>`. */
  private tagEnd(from: number): number {
    const { html } = this;
    let before = '';
    for (let at = from; at < html.length; at++) {
      const letter = html[at]!;
      if (letter === '>') return at + 1;
      if (before === '=' && (letter === '"' || letter === "'")) {
        const close = this.unclosed.has(letter) ? -1 : html.indexOf(letter, at + 1);
        if (close < 0) {
          this.unclosed.add(letter);
          return this.past('>', from);
        }
        at = close;
        before = letter;
      } else if (letter > ' ') before = letter;
    }
    return html.length;
  }

  private pastRaw(name: string, from: number): number {
    const close = new RegExp(`</${name}[\\s>/]`, 'gi');
    close.lastIndex = from;
    return close.test(this.html) ? close.lastIndex - name.length - 3 : this.html.length;
  }

  private openTag(name: string, attributes: string): void {
    if (this.silent) {
      if (name === this.silent.name) this.silent.depth++;
      // A body ends a head that nobody closed.
      if (name === 'body') this.silent = null;
      return;
    }
    if (SILENT.has(name)) {
      if (!attributes.endsWith('/>')) this.silent = { name, depth: 1 };
      return;
    }
    if (BLOCKS.has(name)) this.block(name);
    if (name === 'br') this.breakLine(true);
    else if (name === 'hr') this.append('-'.repeat(20));
    else if (name === 'li') this.append('- ');
    else if (name === 'blockquote') this.quoteDepth = Math.min(this.quoteDepth + 1, 50);
    else if (name === 'pre') this.preDepth++;
    else if (name === 'td' || name === 'th') this.spacePending = true;
    else if (name === 'a' && this.links.length < 100)
      this.links.push({ href: attribute(attributes, HREF), at: this.line.length });
    else if (name === 'img') this.text(attribute(attributes, ALT).slice(0, 500), true);
    else if (name === 'q') this.append('"');
  }

  private closeTag(name: string): void {
    if (this.silent) {
      if (name === this.silent.name && --this.silent.depth === 0) this.silent = null;
      return;
    }
    if (BLOCKS.has(name)) this.block(name);
    if (name === 'blockquote') this.quoteDepth = Math.max(0, this.quoteDepth - 1);
    else if (name === 'pre') this.preDepth = Math.max(0, this.preDepth - 1);
    else if (name === 'q') this.append('"');
    else if (name === 'a') this.closeLink();
  }

  private closeLink(): void {
    const link = this.links.pop();
    if (!link || !/^(https?|mailto|ftp|tel):/i.test(link.href)) return;
    const written = this.line.slice(link.at).join('').trim();
    const bare = link.href.replace(/^(mailto|tel):/i, '');
    if (written !== '' && written !== bare && written !== bare.replace(/^https?:\/\/|\/$/g, ''))
      this.append(` [${link.href}]`);
  }

  private block(name: string): void {
    this.breakLine();
    if (APART.has(name)) this.apart = true;
  }

  private text(raw: string, decoded = false): void {
    if (this.silent || raw === '') return;
    const text = decoded ? raw : decodeEntities(raw);
    if (this.preDepth > 0) {
      text.split('\n').forEach((line, index) => {
        if (index > 0) this.breakLine(true);
        this.append(line);
      });
      return;
    }
    const words = text.replace(/[ \t\r\n\f]+/g, ' ');
    if (words.startsWith(' ')) this.spacePending = true;
    const core = words.trim() === '' && !/\S|\u00A0/.test(words) ? '' : words.replace(/^ | $/g, '');
    if (core === '') return;
    if (this.spacePending && this.line.length > 0 && !this.line.at(-1)!.endsWith(' ')) this.append(' ');
    this.append(core.replace(/\u00A0/g, ' '));
    this.spacePending = words.endsWith(' ');
  }

  private append(text: string): void {
    if (text === '') return;
    this.line.push(text);
    this.size += text.length;
  }

  /** `forced`: an empty line is one too. */
  private breakLine(forced = false): void {
    this.spacePending = false;
    const text = this.line.join('').trimEnd();
    this.line = [];
    if (text !== '') this.emit(text);
    else if (forced) this.apart = true;
  }

  /** An empty line in front where one is due; it is quoted only between quoted ones. */
  private emit(text: string): void {
    if (this.apart && this.lines.length > 0) {
      this.lines.push('>'.repeat(Math.min(this.quoteDepth, this.emittedDepth)));
    }
    this.apart = false;
    this.emittedDepth = this.quoteDepth;
    this.size += 1 + this.quoteDepth;
    this.lines.push(this.quoteDepth > 0 ? `${'>'.repeat(this.quoteDepth)} ${text}` : text);
  }
}

const MARKUP = /<[a-zA-Z/!?]/g;
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9:]{0,40})/y;

const HREF = /(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i;
const ALT = /(?:^|\s)alt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i;

const attribute = (text: string, pattern: RegExp): string => {
  const found = pattern.exec(text);
  return decodeEntities(found?.[1] ?? found?.[2] ?? found?.[3] ?? '')
    .replace(/\s+/g, ' ')
    .trim();
};
