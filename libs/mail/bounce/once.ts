/**
 * `read`, but each text once, for as long as the result is held: of many recipients a report mostly tells the same,
 * in a text that may be long.
 */
export const once = <Read>(read: (text: string) => Read): ((text: string) => Read) => {
  const known = new Map<string, Read>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = read(text);
    known.set(text, made);
    return made;
  };
};
