/**
 * What a spec does to the worker of a store while it runs, in memory that both share; a real one has none.
 * HOLD = 1 stops it between writing and syncing, and it sets HELD meanwhile; DIE = 1 ends it there, DIE = 2 once it
 * has committed and before anybody hears of it; PAGES bounds its database, as a full disk would.
 */
export type Faults = Int32Array<SharedArrayBuffer>;

export const HOLD = 0;
export const HELD = 1;
export const DIE = 2;
export const PAGES = 3;

export const noFaults = (): Faults => new Int32Array(new SharedArrayBuffer(16));

/** In the worker, when a group is written and not yet committed. */
export const suffer = (faults: Faults) => {
  Atomics.store(faults, HELD, Atomics.load(faults, HOLD));
  Atomics.wait(faults, HOLD, 1);
  Atomics.store(faults, HELD, 0);
  if (Atomics.load(faults, DIE) === 1) process.exit(1);
};

/** In the worker, when a group is committed and not yet answered. */
export const sufferLate = (faults: Faults) => {
  if (Atomics.load(faults, DIE) === 2) process.exit(1);
};
