/** In the form of `dns.promises.resolve`, its error codes too. */
export type Resolver = (name: string, type: string) => Promise<unknown[]>;

/** Whether the answer is that there is nothing, and not that nobody knows. */
export const isAbsent = (error: unknown): boolean => {
  const { code } = error as Readonly<{ code?: unknown }>;
  return code === 'ENOTFOUND' || code === 'ENODATA';
};

/**
 * The records there are, also none; rejects where that cannot be found out. Most names that are asked for have none,
 * and a rejection that is handled costs little, one that is thrown on the way much.
 */
export const recordsAt = (resolver: Resolver, name: string, type: string): Promise<readonly unknown[]> =>
  resolver(name, type).catch(noneIfAbsent);

const noneIfAbsent = (error: unknown): readonly unknown[] => {
  if (isAbsent(error)) return [];
  throw error;
};

/** A TXT record in one piece. */
export const textOf = (strings: unknown): string =>
  Array.isArray(strings) ? strings.join('') : String(strings);
