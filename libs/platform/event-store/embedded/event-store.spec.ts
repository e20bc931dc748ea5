import { eventStoreContract } from '#testing/event-store-contract';
import { newFolder } from '#testing/folder';
import { EmbeddedEventStore } from './event-store.js';

const open = async () => {
  const store = await EmbeddedEventStore.open(newFolder());
  return { store, stop: () => store.close() };
};

eventStoreContract('the embedded one', open, { gapless: true });
