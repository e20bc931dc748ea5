import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { AnyAggregate } from '#kernel/aggregate';
import { isFinal } from '#kernel/errors';
import type { AnyCommand } from '#kernel/messages';
import { Aggregates, type RunnableAggregate } from '#platform/event-sourcing/aggregates';
import { Codec } from '#platform/event-sourcing/codec';
import { Features } from '#platform/event-sourcing/features';
import { contextOf, FixedClock } from './context.js';
import { InMemoryEventStore } from './in-memory-event-store.js';
import { InMemoryPersonalData } from './in-memory-vault.js';

/**
 * A command that is delivered again changes nothing: at once, whatever it did, and later too if it had an effect.
 */
export const obeysRedeliveryLaw = async (
  aggregate: AnyAggregate,
  commands: fc.Arbitrary<readonly AnyCommand[]>,
  runs = 100,
): Promise<void> => {
  const law = fc.asyncProperty(commands, fc.infiniteStream(fc.nat(3)), async (given, numbers) => {
    const next = () => Number(numbers.next().value);
    const [once, again] = [running(aggregate), running(aggregate)];
    const effective: number[] = [];
    for (const [index, command] of given.entries()) {
      if (await once.deliver(command, index)) effective.push(index);
      for (let times = 1 + next(); times > 0; times -= 1) await again.deliver(command, index);
      const late = effective[effective.length - 1 - next()];
      const lateCommand = late === undefined ? undefined : given[late];
      if (lateCommand && late !== undefined) await again.deliver(lateCommand, late);
    }
    expect(again.written()).toEqual(once.written());
  });
  await fc.assert(law, { numRuns: runs });
};

const running = (aggregate: AnyAggregate) => {
  const [store, features] = [new InMemoryEventStore(), new Features()];
  features.add({ aggregates: [aggregate] });
  const codec = new Codec(features, new InMemoryPersonalData());
  const aggregates = new Aggregates(store, codec, new FixedClock());
  return {
    written: () => store.log.map(({ stream, id, type }) => ({ stream, id, type })),
    /** Whether it wrote anything; a refusal is an answer. */
    deliver: async (command: AnyCommand, index: number): Promise<boolean> => {
      const before = store.log.length;
      const context = contextOf({}, `command-${index}`);
      try {
        await aggregates.execute(aggregate as unknown as RunnableAggregate, command, context);
      } catch (error) {
        if (!isFinal(error)) throw error;
      }
      return store.log.length > before;
    },
  };
};
