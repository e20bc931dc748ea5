const MOST = 1_000;
/** A longer text costs more to keep than to read again. */
const LONGEST = 4_096;

/**
 * `make` of the texts asked for lately is not made again: many messages come from the same domain. What is known of
 * the texts before is given up at once, which spares each look-up to put its text in front of all others.
 */
export const remembered = <T>(make: (text: string) => T): ((text: string) => T) => {
  let [lately, before] = [new Map<string, T>(), new Map<string, T>()];
  return (text) => {
    const known = lately.get(text);
    if (known !== undefined) return known;
    const made = before.get(text) ?? make(text);
    if (text.length > LONGEST) return made;
    if (lately.size >= MOST / 2) [lately, before] = [new Map(), lately];
    lately.set(text, made);
    return made;
  };
};
