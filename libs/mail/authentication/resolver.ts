/** In the form of `dns.promises.resolve`, its error codes too. */
export type Resolver = (name: string, type: string) => Promise<unknown[]>;

/** Whether the answer is that there is nothing, and not that nobody knows. */
export const isAbsent = (error: unknown): boolean => {
  const { code } = error as Readonly<{ code?: unknown }>;
  return code === 'ENOTFOUND' || code === 'ENODATA';
};

/** The records there are, also none; rejects where that cannot be found out. */
export const recordsAt = async (
  resolver: Resolver,
  name: string,
  type: string,
): Promise<readonly unknown[]> => {
  try {
    return await resolver(name, type);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
};

/** A TXT record in one piece. */
export const textOf = (strings: unknown): string => [strings].flat().join('');
