import { Injectable } from '@nestjs/common';
import {
  EventStore,
  START,
  type Committed,
  type Filter,
  type LogBatch,
  type Position,
} from '#kernel/event-store';
import { OpsRegistry, WrongUsage, type Call, type Operation } from './registry.js';

const PAGE = 1_000;
const SHOWN = 100;

/** `gent log`: the log as an outsider sees it, who has no key: personal fields are what is stored of them. */
@Injectable()
export class LogOperation implements Operation {
  readonly about = 'Read the event log: types, ids, times; personal fields stay sealed';
  readonly usage = [
    '            the last 100 events, or --limit',
    '--all       every event, oldest first',
    '--follow    and what comes from now on',
    '--count     how many of each type',
  ];
  readonly options = {
    type: { type: 'string', multiple: true },
    category: { type: 'string', multiple: true },
    stream: { type: 'string' },
    tenant: { type: 'string' },
    inbox: { type: 'string' },
    from: { type: 'string' },
    limit: { type: 'string' },
    all: { type: 'boolean' },
    follow: { type: 'boolean', short: 'f' },
    count: { type: 'boolean' },
    data: { type: 'boolean' },
  } as const;

  constructor(
    private readonly log: EventStore,
    registry: OpsRegistry,
  ) {
    registry.add('log', this);
  }

  readonly run = async (call: Call): Promise<void> => {
    if (call.words.length > 0) throw new WrongUsage(`"${call.words[0]}" is not understood`);
    if (call.options['count']) return this.count(call);
    const end = await this.read(call);
    if (!call.options['follow']) return;
    for await (const batch of this.log.subscribe(end, call.stopping, filterOf(call)))
      for (const event of batch.events) if (isWanted(call, event)) await show(call, event);
  };

  private async read(call: Call): Promise<Position> {
    const { from, all, limit } = call.options;
    if (from !== undefined || all) {
      const most = numberOf('limit', limit) ?? Infinity;
      let shown = 0;
      let end = positionOf(from) ?? START;
      for await (const { events, upTo } of this.forwards(call, end)) {
        for (const event of events) {
          if (!isWanted(call, event)) continue;
          if (shown >= most) return upTo;
          shown += 1;
          await show(call, event);
        }
        end = upTo;
      }
      return end;
    }
    const head = await this.log.head();
    for (const event of (await this.last(call, numberOf('limit', limit) ?? SHOWN)).reverse())
      await show(call, event);
    return head;
  }

  private async *forwards(call: Call, after: Position): AsyncIterable<LogBatch> {
    for (let at = after; !call.stopping.aborted;) {
      const batch = await this.log.readAll({ from: at, limit: PAGE, filter: filterOf(call) });
      if (batch.upTo === at) return;
      yield batch;
      at = batch.upTo;
    }
  }

  private async last(call: Call, most: number): Promise<Committed[]> {
    const found: Committed[] = [];
    for (let from: Position | undefined; found.length < most && !call.stopping.aborted;) {
      const page = {
        direction: 'backwards',
        limit: PAGE,
        filter: filterOf(call),
        ...(from !== undefined && { from }),
      } as const;
      const { events, upTo } = await this.log.readAll(page);
      found.push(...events.filter((event) => isWanted(call, event)));
      if (events.length === 0 || upTo === from) break;
      from = upTo;
    }
    return found.slice(0, most);
  }

  private async count(call: Call) {
    const counts = new Map<string, number>();
    for await (const { events } of this.forwards(call, positionOf(call.options['from']) ?? START))
      for (const event of events)
        if (isWanted(call, event)) counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
    for (const [type, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
      await call.say({ type, count }, `${String(count).padStart(10)}  ${type}`);
  }
}

const filterOf = ({ options: { type, category } }: Call): Filter => ({
  ...(type !== undefined && { types: type as readonly string[] }),
  ...(category !== undefined && { categories: category as readonly string[] }),
});

const isWanted = ({ options }: Call, { stream, metadata }: Committed): boolean =>
  (options['stream'] === undefined || options['stream'] === stream) &&
  (options['tenant'] === undefined || options['tenant'] === metadata.tenantId) &&
  (options['inbox'] === undefined || options['inbox'] === metadata.inboxId);

const show = ({ options, say }: Call, event: Committed) => {
  const { position, id, type, stream, revision, data, metadata } = event;
  const { occurredAt, actor, tenantId } = metadata;
  const row = { position: String(position), id, type, stream, revision: String(revision), data, metadata };
  const text = `${position}  ${occurredAt}  ${type}  ${stream}@${revision}  ${tenantId}  ${actor.type}:${actor.id}  ${id}`;
  return say(row, options['data'] ? `${text}\n    ${JSON.stringify(data)}` : text);
};

const positionOf = (given: unknown): Position | undefined => {
  if (given === undefined) return undefined;
  if (!/^-?\d{1,19}$/.test(String(given)))
    throw new WrongUsage('--from takes a position, which this command prints');
  return BigInt(String(given)) as Position;
};

const numberOf = (name: string, given: unknown): number | undefined => {
  if (given === undefined) return undefined;
  if (!/^\d{1,9}$/.test(String(given))) throw new WrongUsage(`--${name} takes a whole number`);
  return Number(given);
};
