import { MovableClock } from './context.js';
import { InMemoryBlobs, InMemoryPersonalData, InMemoryRecords } from './in-memory-vault.js';
import { vaultContract } from './vault-contract.js';

vaultContract('the one in memory', async () => {
  const clock = new MovableClock();
  const personalData = new InMemoryPersonalData();
  const [blobs, records] = [new InMemoryBlobs(personalData), new InMemoryRecords(clock)];
  return { personalData, blobs, records, clock, stop: async () => undefined };
});
