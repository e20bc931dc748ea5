import { Global, Injectable, Module } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;

/** Figures of this process for `/metrics`. Names begin with `gent_`; labels are few and hold nothing personal. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Answers a function that counts. */
  counter(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
  ): (labels?: Labels, by?: number) => void {
    const counter = new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
    return (labels = {}, by = 1) => counter.inc(labels, by);
  }

  /** Answers a function that observes one value; the buckets are upper bounds, in seconds for durations. */
  histogram(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    buckets: readonly number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  ): (labels: Labels, value: number) => void {
    const registers = [this.registry];
    const histogram = new Histogram({
      name,
      help,
      labelNames: [...labelNames],
      buckets: [...buckets],
      registers,
    });
    return (labels, value) => histogram.observe(labels, value);
  }

  /** Read when somebody looks: the values with their labels. */
  gauge(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => Promise<readonly (readonly [Labels, number])[]>,
  ) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect: async () => {
        gauge.reset();
        for (const [labels, value] of await read()) gauge.set(labels, value);
      },
    });
  }

  /** The text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }
}

@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
