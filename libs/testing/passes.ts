import { categoryOf, type Filter } from '#kernel/event-store';
import type { Recorded } from '#kernel/messages';

/** What a filter means, against which every store is held. */
export const passes = (event: Recorded, { types, categories }: Filter = {}): boolean =>
  (!types || types.includes(event.type)) && (!categories || categories.includes(categoryOf(event.stream)));
