/** Joins the lines that a mailer broke only for the width of a screen (RFC 3676). `deleteSpace`: DelSp=yes. */
export const unflow = (text: string, deleteSpace: boolean): string => {
  const out: string[] = [];
  let [paragraph, depth] = [[] as string[], 0];
  const close = () => {
    if (paragraph.length > 0) out.push(quoted(depth, paragraph.join('')));
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    const quotes = /^>*/.exec(line)![0].length;
    const content = line[quotes] === ' ' ? line.slice(quotes + 1) : line.slice(quotes);
    if (quotes !== depth) close();
    depth = quotes;
    const flows = content.endsWith(' ') && content !== '-- ';
    if (content === '-- ') close();
    paragraph.push(flows && deleteSpace ? content.slice(0, -1) : content);
    if (!flows) close();
  }
  close();
  return out.join('\n');
};

const quoted = (depth: number, content: string) => (depth > 0 ? `${'>'.repeat(depth)} ${content}` : content);
