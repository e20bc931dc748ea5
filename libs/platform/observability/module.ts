import { Module, type OnModuleInit } from '@nestjs/common';
import { Subscriptions } from '#platform/event-sourcing/subscriptions';
import { HealthController, MetricsController } from './health.js';
import { Metrics } from './metrics.js';

/** The routes of whoever runs the process, and how far the views and sagas are behind the log. */
@Module({ controllers: [HealthController, MetricsController] })
export class ObservabilityModule implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly subscriptions: Subscriptions,
  ) {}

  onModuleInit() {
    const help = 'What a view or saga has still to read of the log, in the positions of the event store';
    this.metrics.gauge('gent_consumer_lag', help, ['consumer'], async () =>
      [...(await this.subscriptions.lags())].map(([consumer, lag]) => [{ consumer }, lag]),
    );
    const failing = 'Views and sagas that cannot go on';
    this.metrics.gauge('gent_consumers_failing', failing, [], async () => [
      [{}, this.subscriptions.failing.size],
    ]);
  }
}
