/** In the form of `dns.promises.resolve`, its error codes too. */
export type Resolver = (name: string, type: string) => Promise<unknown[]>;

/** Whether the answer is that there is nothing, and not that nobody knows. */
export const isAbsent = (error: unknown): boolean => {
  const { code } = error as Readonly<{ code?: unknown }>;
  return code === 'ENOTFOUND' || code === 'ENODATA';
};
