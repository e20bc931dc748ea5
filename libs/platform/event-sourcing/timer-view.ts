import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Scope } from '#kernel/context';
import type { AnyCommand, Event, Recorded } from '#kernel/messages';
import { projection, type Projection } from '#kernel/projection';
import type { Timer, Timers as Entries } from '#kernel/saga';
import { Features, type RunnableProjection } from './features.js';
import { Views } from './views.js';

/** The timer of one stream, as the event at `revision` set it. */
export type TimerView = Readonly<{
  dueAt: string;
  process: string;
  type: string;
  stream: string;
  revision: string;
}>;

type Declared = Projection<TimerView, Event, 'due' | 'next'>;

/** What is to happen when: folded from what the processes of this program declare. */
@Injectable()
export class TimerViews {
  private readonly declared: () => Declared;

  constructor(
    features: Features,
    private readonly views: Views,
  ) {
    let declared: Declared | undefined;
    this.declared = () => (declared ??= timersOf(features));
  }

  get view(): RunnableProjection {
    return this.declared() as unknown as RunnableProjection;
  }

  /** Those of a tenant or an inbox, the next one first. */
  async next(scope: Scope, limit: number): Promise<readonly TimerView[]> {
    return (await this.views.for(scope).list(this.declared(), 'next', { limit })).results;
  }
}

/** The view itself. Its version follows from what is declared: a program with other timers builds it anew. */
export const timersOf = ({ processes }: Pick<Features, 'processes'>): Declared => {
  const entries = processes.flatMap(({ name, timers }) =>
    Object.entries(timers as Entries<Event, AnyCommand>).map(([type, timer]) => ({ name, type, timer })),
  );
  const set = entries.map(({ name, type }) => `${name}/${type}`).sort();
  const digest = createHash('sha256').update(set.join()).digest();
  return projection<TimerView, Event, 'due' | 'next'>({
    name: 'timers',
    version: digest.readUInt32BE(),
    key: ({ stream }) => stream,
    queries: { due: { reach: 'everyone', sort: ['dueAt'] }, next: { sort: ['dueAt'] } },
    on: Object.fromEntries(
      entries.map(({ name, type, timer }) => [
        type,
        (_: TimerView | null, event: Recorded) => timerOf(name, event, timer?.(event) ?? null),
      ]),
    ),
  });
};

const timerOf = (
  process: string,
  { type, stream, revision }: Recorded,
  timer: Timer<AnyCommand> | null,
): TimerView | null => timer && { dueAt: timer.dueAt, process, type, stream, revision: String(revision) };
