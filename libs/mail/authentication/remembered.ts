const MOST = 1_000;
/** A longer text costs more to keep than to read again. */
const LONGEST = 4_096;

/** `make` of the texts asked for last is not made again: many messages come from the same domain. */
export const remembered = <T>(make: (text: string) => T): ((text: string) => T) => {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) {
      known.delete(text);
      known.set(text, found);
      return found;
    }
    const made = make(text);
    if (text.length <= LONGEST) known.set(text, made);
    for (const [oldest] of known) {
      if (known.size <= MOST) break;
      known.delete(oldest);
    }
    return made;
  };
};
