import { setImmediate } from 'node:timers/promises';
import { HELD, HOLD, type Faults } from '#platform/sqlite/faults';

/** From now on nothing that is written is synced, until `release`. */
export const holdSync = (faults: Faults) => Atomics.store(faults, HOLD, 1);

/** Settles when the worker has written something and stands before its sync. */
export const held = async (faults: Faults) => {
  while (Atomics.load(faults, HELD) === 0) await setImmediate();
};

export const release = (faults: Faults) => {
  Atomics.store(faults, HOLD, 0);
  Atomics.notify(faults, HOLD);
};
