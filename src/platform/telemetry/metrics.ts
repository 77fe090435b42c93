import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { storeMetrics } from './store-metrics.js';

/** The numbers of one process, for Prometheus. No label holds an id: their values are few and known. */
@Injectable()
export class Metrics {
  /** A registry of its own, so that two applications in one process do not count together. */
  readonly registry = new Registry();

  /** Requests that were meant to change something, by the route's permission (or mark) and what came of them. */
  readonly commands = this.counter('countersign_commands_total', 'Commands by permission and outcome', [
    'permission',
    'outcome',
  ]);

  /** Requests of any kind that were refused, by the route's permission (or mark, or `none` before there is a route) and why. */
  readonly refusals = this.counter('countersign_refusals_total', 'Refused requests by permission and problem code', [
    'permission',
    'code',
  ]);

  /** Seconds from the request line to the end of the answer. */
  readonly http = this.histogram(
    'countersign_http_request_duration_seconds',
    'Duration of HTTP requests',
    ['method', 'route', 'status'],
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  );

  constructor() {
    // At the default resolution of 10 ms the event loop's delay is hardly seen.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 1 });
    storeMetrics.showIn(this.registry);
  }

  counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** `collect` is called at each scrape and sets the gauge: for what is cheaper to look up than to keep. */
  gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L> {
    return new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      ...(collect && {
        collect(this: Gauge<L>) {
          return collect(this);
        },
      }),
    });
  }

  histogram<L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
