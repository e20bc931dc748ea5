import { eventStoreContract } from './event-store-contract.js';
import { InMemoryEventStore } from './in-memory-event-store.js';

const open = async () => {
  const store = new InMemoryEventStore();
  return { store, stop: () => store.close() };
};

eventStoreContract('the one in memory', open, { gapless: true });
