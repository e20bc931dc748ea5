import { Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { unavailable } from '#kernel/errors';
import { EventStore } from '#kernel/event-store';
import { collectionOf } from '#kernel/projection';
import { Features } from '#platform/event-sourcing/features';
import { Subscriptions } from '#platform/event-sourcing/subscriptions';
import { Limited } from '#platform/http/rate-limit';
import { Requires } from '#platform/http/requires';
import { RootController } from '#platform/http/root-controller';
import { Listeners } from '#platform/process/listeners';
import { ReadStore } from '#platform/read-store/read-store';
import { settlesWithin } from '#platform/time/settles-within';
import { Records } from '#platform/vault/records';
import { Metrics } from './metrics.js';

class HealthBody {
  @ApiProperty({ example: 'ok' }) readonly status!: string;
}

const STORE_TIMEOUT_MS = 2_000;

/** For whoever runs the process: is it alive, can it work, how does it do. */
@ApiTags('Operations')
@Limited('none')
@RootController('health')
export class HealthController {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly listeners: Listeners,
    private readonly log: EventStore,
    private readonly documents: ReadStore,
    private readonly records: Records,
    private readonly features: Features,
  ) {}

  /** 503 when a store of this process can never write again: whoever supervises it starts it anew. */
  @Get('live')
  @Requires('public')
  @ApiOkResponse({ type: HealthBody })
  live(): HealthBody {
    if (this.log.isLost || this.records.isLost)
      throw unavailable('store-unavailable', 'A write failed for good; start the process anew');
    return { status: 'ok' };
  }

  /** 503 while a store is away, a view or a saga cannot go on, or a port does not accept yet or any more. */
  @Get('ready')
  @Requires('public')
  @ApiOkResponse({ type: HealthBody })
  async ready(): Promise<HealthBody> {
    const [view] = this.features.projections;
    const stores = {
      'the event store': this.log.head(),
      'the read store': view ? this.documents.checkpoint(collectionOf(view)) : Promise.resolve(),
      'the vault': this.records.get('health/none'),
    };
    const away = await Promise.all(
      Object.entries(stores).map(async ([name, asked]) => ((await answers(asked)) ? [] : [name])),
    );
    const troubles = [...away.flat(), ...this.subscriptions.failing];
    if (this.log.isLost || this.records.isLost) troubles.push('writing');
    if (!this.listeners.areOpen) troubles.push('listening');
    if (troubles.length > 0) throw unavailable('store-unavailable', `Not ready: ${troubles.join(', ')}`);
    return { status: 'ok' };
  }
}

@ApiTags('Operations')
@Limited('none')
@RootController('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Requires('public')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  text(): Promise<string> {
    return this.metrics.text();
  }
}

const answers = (asked: Promise<unknown>): Promise<boolean> =>
  settlesWithin(STORE_TIMEOUT_MS, asked).catch(() => false);
