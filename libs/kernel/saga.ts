import type { Aggregate } from './aggregate.js';
import type { AnyCommand, Event, OfType, Recorded } from './messages.js';
import type { AnyProjection } from './projection.js';

export type Whenever<E extends Event, C extends AnyCommand> = {
  readonly [Type in E['type']]: (event: Recorded<OfType<E, Type>>) => C | readonly C[];
};

/** "Whenever this event, then these commands": pure, stateless. The runner makes it ordered and durable. */
export interface Policy<E extends Event, C extends AnyCommand> {
  /** Permanent: it names the checkpoint, and the ids of what its commands do are derived from it. */
  readonly name: string;
  /** What a new saga makes of history: one that sends mail must not answer last year's. */
  readonly startFrom: 'origin' | 'now';
  /** Views that its commands read: an event waits until they have folded it. */
  readonly reads?: readonly AnyProjection[];
  /** Events of one key are handled in order: the inbox, or, where the order among streams is nothing, the stream. */
  readonly orderedBy?: 'inbox' | 'stream';
  readonly whenever: Whenever<E, C>;
}

/**
 * A policy with memory, and its memory is an aggregate: decided, stored and tested as one. `whenever` turns
 * outside events into its commands, `effects` its own events into commands for others. An event with an entry
 * in `timers` sets the timer of its stream, or with null clears it: when it is due its command goes to the
 * aggregate, which decides whether it still matters. Anyone may fire it; the expected revision decides who did.
 */
export interface Process<
  In extends Event,
  C extends AnyCommand,
  S,
  E extends Event,
  Out extends AnyCommand,
> extends Policy<In, C> {
  readonly aggregate: Aggregate<C, S, E>;
  readonly effects: Partial<Whenever<E, Out>>;
  readonly timers: Timers<E, C>;
}

/** `dueAt`: ISO 8601, UTC. One timer a stream: a later event's entry replaces it. */
export type Timer<C extends AnyCommand> = Readonly<{ dueAt: string; command: C }>;

export type Timers<E extends Event, C extends AnyCommand> = {
  readonly [Type in E['type']]?: (event: Recorded<OfType<E, Type>>) => Timer<C> | null;
};

/** The type of every process, for lists of them; each was checked where it was defined. */
export type AnyProcess = Process<never, never, unknown, never, AnyCommand>;

export const process = <In extends Event, C extends AnyCommand, S, E extends Event, Out extends AnyCommand>(
  definition: Process<In, C, S, E, Out>,
) => definition;

/** The type of every policy, for lists of them; each was checked where it was defined. */
export type AnyPolicy = Policy<never, AnyCommand>;

export const policy = <E extends Event, C extends AnyCommand>(definition: Policy<E, C>) => definition;

export const react = <E extends Event, C extends AnyCommand>(
  { whenever }: Policy<E, C>,
  event: Recorded<E>,
): readonly C[] => {
  const reaction = whenever[event.type as E['type']] as (event: Recorded<E>) => C | readonly C[];
  return [reaction(event)].flat() as readonly C[];
};
