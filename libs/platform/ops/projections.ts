import { Injectable } from '@nestjs/common';
import { notFound } from '#kernel/errors';
import { Projections } from '#platform/event-sourcing/projections';
import { Subscriptions } from '#platform/event-sourcing/subscriptions';
import { OpsRegistry, WrongUsage, type Call, type Operation } from './registry.js';

/** `gent projections`: where each view is, and how to have it built anew. */
@Injectable()
export class ProjectionsOperation implements Operation {
  readonly about = 'List the views, and rebuild one or all from the log while they go on answering';
  readonly usage = ['[list]', 'rebuild <name> | all'];

  constructor(
    private readonly projections: Projections,
    private readonly subscriptions: Subscriptions,
    registry: OpsRegistry,
  ) {
    registry.add('projections', this);
  }

  readonly run = async ({ words: [verb = 'list', name], say }: Call): Promise<void> => {
    if (verb === 'list') {
      for (const { name, position, head } of await this.projections.places()) {
        const state = this.subscriptions.failing.has(name)
          ? 'failing'
          : position < head
            ? 'behind'
            : 'current';
        const row = { name, state, position: String(position), head: String(head) };
        await say(row, `${state.padEnd(8)}  ${name}  ${position} of ${head}`);
      }
      return;
    }
    if (verb !== 'rebuild' || !name) throw new WrongUsage('Say list or rebuild');
    const { names } = this.projections;
    // As listed, with its version, or without.
    const wanted = name === 'all' ? names : names.filter((each) => each === name.replace(/_v\d+$/, ''));
    if (wanted.length === 0) throw notFound(`There is no view ${name}; there are ${names.join(', ')}`);
    const begun = performance.now();
    await this.projections.rebuild(wanted);
    const seconds = Math.round(performance.now() - begun) / 1_000;
    for (const each of wanted) await say({ name: each, seconds }, `${each} rebuilt in ${seconds} s`);
  };
}
