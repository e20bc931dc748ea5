import { Injectable } from '@nestjs/common';
import type { AnyCommand } from '#kernel/messages';
import { DomainError, isDomainError, notFound } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';
import { newCause } from '#platform/event-sourcing/cause';
import { Commands } from '#platform/event-sourcing/commands';
import type { Found } from '#platform/event-sourcing/directory';
import { OpsRegistry, WrongUsage, type Call, type Operation } from '#platform/ops/registry';
import { DropDelivery, HoldDelivery, OPERATOR, ReleaseDelivery } from './commands.js';
import { DeliveryDirectory } from './directory.js';
import { scheduledOf, type DeliveryView } from './read-model.js';
import { DeliveryRunner } from './runner.js';

const SHOWN = 200;

/** `gent queue`: what waits to be delivered, without a word of what is in it or for whom. */
@Injectable()
export class QueueOperation implements Operation {
  readonly about = 'List and steer what waits to be delivered';
  readonly usage = [
    '[list]                 the next to go first, --limit of them',
    'show <id>              one delivery, done or not',
    'retry <id> | all       now, also what is held',
    'hold <id> | all        until it is retried',
    'drop <id> | all        for good: its recipients have bounced',
  ];
  readonly options = {
    destination: { type: 'string' },
    status: { type: 'string' },
    limit: { type: 'string' },
  } as const;

  constructor(
    private readonly directory: DeliveryDirectory,
    private readonly runner: DeliveryRunner,
    private readonly commands: Commands,
    private readonly clock: Clock,
    registry: OpsRegistry,
  ) {
    registry.add('queue', this);
  }

  readonly run = async (call: Call): Promise<void> => {
    const { words, say, options, stopping } = call;
    const [verb = 'list', id] = words;
    const command = COMMANDS.get(verb);
    if (!command && verb !== 'list' && verb !== 'show')
      throw new WrongUsage(`"${verb}" is none of list, show, retry, hold and drop`);
    const { status } = options;
    if (status !== undefined && !OPEN.includes(String(status)))
      throw new WrongUsage(`--status is one of ${OPEN.join(', ')}`);
    if (verb === 'list') {
      let left = Number(options['limit'] ?? SHOWN);
      if (!Number.isInteger(left) || left < 1) throw new WrongUsage('--limit is a number from 1');
      for await (const { document } of this.wanted(call)) {
        if (stopping.aborted || left-- === 0) return;
        await say(document, lineOf(document));
      }
      return;
    }
    if (!id || words.length > 2) throw new WrongUsage('Name a delivery, or all');
    if (!command) {
      const { document } = await this.one(id);
      return say(document, lineOf(document));
    }
    if (id !== 'all') return this.execute(await this.one(id), command, call);
    // Which ones is settled first: each that is changed takes another place among those that are still to come.
    const ids: string[] = [];
    for await (const { document } of this.wanted(call)) ids.push(document.deliveryId);
    for (const each of ids) {
      if (stopping.aborted) return;
      const found = await this.directory.delivery(each);
      if (!found || !OPEN.includes(found.document.status) || !isWanted(found.document, call)) continue;
      await this.execute(found, command, call).catch((error: unknown) => {
        // Under way, or done meanwhile: not what was meant by all.
        if (!isDomainError(error) || error.code !== 'delivery-not-due') throw error;
      });
    }
  };

  private async execute({ document, scope }: Found<DeliveryView>, make: MakeCommand, { say }: Call) {
    const { deliveryId } = document;
    const now = this.clock.now();
    const context = newCause({ ...scope, actor: { type: 'system', id: OPERATOR }, now });
    const command = make(deliveryId, now);
    await this.commands.execute(command, context);
    if (command.type === 'ReleaseDelivery')
      this.runner.offer({ ...document, scope, scheduled: scheduledOf(document) });
    await say({ deliveryId, done: true }, `${deliveryId}  done`);
  }

  private async one(id: string): Promise<Found<DeliveryView>> {
    const found = await this.directory.delivery(id);
    if (!found) throw new DomainError(notFound().code, 'not-found', `There is no delivery ${id}`);
    return found;
  }

  private async *wanted(call: Call): AsyncIterable<Found<DeliveryView>> {
    for await (const found of this.directory.open()) if (isWanted(found.document, call)) yield found;
  }
}

const isWanted = (view: DeliveryView, { options: { destination, status } }: Call): boolean =>
  (destination === undefined || view.destination === destination) &&
  (status === undefined || view.status === status);

/** What a delivery in the queue is. */
const OPEN: readonly string[] = ['attempting', 'waiting', 'held'];

type MakeCommand = (deliveryId: string, now: string) => AnyCommand;

const COMMANDS: ReadonlyMap<string, MakeCommand> = new Map<string, MakeCommand>([
  ['retry', (deliveryId, nextAttemptAt) => new ReleaseDelivery({ deliveryId, nextAttemptAt })],
  ['hold', (deliveryId) => new HoldDelivery({ deliveryId, reason: OPERATOR })],
  ['drop', (deliveryId) => new DropDelivery({ deliveryId })],
]);

const lineOf = (view: DeliveryView): string =>
  [
    view.deliveryId,
    view.status.padEnd(10),
    view.dueAt,
    `${view.open.length} of ${view.recipients} open`,
    `attempt ${view.attempt}`,
    view.destination,
    view.heldFor ?? view.lastReason ?? '',
  ]
    .join('  ')
    .trimEnd();
