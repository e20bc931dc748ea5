/** In the form of `dns.promises.resolve`, its error codes too. */
export type Resolver = (name: string, type: string) => Promise<unknown[]>;
