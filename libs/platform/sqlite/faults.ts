/**
 * What a spec does to the worker of a store while it runs, in memory that both share; a real one has none.
 * HOLD = 1 stops it between writing and syncing, and it sets HELD meanwhile; PAGES bounds its database, as a
 * full disk would.
 */
export type Faults = Int32Array<SharedArrayBuffer>;

export const HOLD = 0;
export const HELD = 1;
export const PAGES = 2;

export const noFaults = (): Faults => new Int32Array(new SharedArrayBuffer(12));
