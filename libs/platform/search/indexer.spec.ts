import { afterEach, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { Filter, Position } from '#kernel/event-store';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { Commands } from '#platform/event-sourcing/commands';
import { contextOf, NOW } from '#testing/context';
import { Count, counter, type Counted } from '#testing/counter';
import { InMemoryApp } from '#testing/in-memory-app';
import { InMemoryEventStore } from '#testing/in-memory-event-store';
import { InMemorySearchIndex } from '#testing/in-memory-search-index';
import { SearchIndex } from './search-index.js';
import { searchable, SearchedContent } from './searchable.js';

const LONG = 'word '.repeat(12_000);
const MAILS = 40;

@Injectable()
class LongContent extends SearchedContent<string> {
  async fields() {
    return { text: LONG };
  }
}

const counters = searchable<Counted, string>({
  name: 'counters',
  version: 1,
  fields: ['text'],
  on: {
    Counted: ({ data: { counterId } }) => ({
      key: counterId,
      document: { at: NOW, fields: {}, content: counterId },
    }),
  },
  content: LongContent,
});

@Module({
  imports: [EventSourcingModule.forFeature({ aggregates: [counter], searchables: [counters] })],
  providers: [LongContent],
})
class Long {}

const written: number[] = [];
class Measured extends InMemorySearchIndex {
  override async write(...order: Parameters<InMemorySearchIndex['write']>) {
    written.push(order[1].size);
    return super.write(...order);
  }
}

/** Everything that there is, in one batch. */
class Generous extends InMemoryEventStore {
  override async *subscribe(after: Position, stopping: AbortSignal, filter: Filter = {}) {
    const all = await this.readAll({ from: after, limit: 1_000, filter });
    if (all.upTo > after) yield all;
    yield* super.subscribe(all.upTo, stopping, filter);
  }
}

let app: InMemoryApp;
afterEach(() => app.stop());

it('writes long texts a few at once, so that no search waits long, and all of them', async () => {
  const ports = [{ provide: SearchIndex, useClass: Measured }];
  app = await InMemoryApp.start({ features: [Long], ports, store: new Generous() });
  for (let mail = 0; mail < MAILS; mail += 1)
    await app.get(Commands).execute(new Count({ counterId: `c${mail}`, by: 1 }), contextOf({}, `c${mail}`));
  await app.settled();
  written.length = 0;
  app = await app.restarted();
  expect(written.reduce((sum, size) => sum + size, 0)).toBe(MAILS);
  expect(Math.max(...written) * LONG.length).toBeLessThan(1024 * 1024 + 1);
  const { tenantId } = contextOf({});
  const found = await app.get(SearchIndex).search('counters_v1', { tenantId }, [{ word: 'word' }], 100);
  expect(found).toHaveLength(MAILS);
});
