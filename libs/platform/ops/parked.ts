import { Injectable } from '@nestjs/common';
import { DomainError, notFound } from '#kernel/errors';
import { Sagas } from '#platform/event-sourcing/sagas';
import { OpsRegistry, WrongUsage, type Call, type Operation } from './registry.js';

/** `gent parked`: what a saga could not do, and waits with. */
@Injectable()
export class ParkedOperation implements Operation {
  readonly about = 'List and retry what sagas could not do';
  readonly usage = ['[list]', 'retry <saga> <key>', 'retry all'];

  constructor(
    private readonly sagas: Sagas,
    registry: OpsRegistry,
  ) {
    registry.add('parked', this);
  }

  readonly run = async ({ words: [verb = 'list', saga, key], say }: Call): Promise<void> => {
    const parked = this.parked();
    if (verb === 'list') {
      for (const each of parked)
        await say(each, `${each.saga}  ${each.key}  since ${each.after}  ${each.reason}`);
      return;
    }
    if (verb !== 'retry' || (saga !== 'all' && !(saga && key))) throw new WrongUsage('Say list or retry');
    const wanted = saga === 'all' ? parked : parked.filter((each) => each.saga === saga && each.key === key);
    if (wanted.length === 0 && saga !== 'all') throw notFound(`${saga} has nothing parked under ${key}`);
    const failed: string[] = [];
    for (const each of wanted) {
      const isDone = await this.sagas.retry(each.saga, each.key).then(
        () => true,
        () => false,
      );
      if (!isDone) failed.push(`${each.saga} ${each.key}`);
      await say({ ...each, done: isDone }, `${each.saga}  ${each.key}  ${isDone ? 'done' : 'still parked'}`);
    }
    if (failed.length > 0)
      throw new DomainError('still-parked', 'conflict', `Still parked: ${failed.join(', ')}`);
  };

  private parked() {
    return this.sagas.names.flatMap((saga) =>
      this.sagas.parked(saga).map(({ key, reason, after }) => ({ saga, key, reason, after: String(after) })),
    );
  }
}
