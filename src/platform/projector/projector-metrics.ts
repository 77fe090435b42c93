import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_STORE } from '../commands/tokens.js';
import type { EventStore } from '../event-store/event-store.port.js';
import { Metrics } from '../telemetry/metrics.js';
import { ProjectorClient } from './projector-client.js';
import type { ViewStatus } from './status.js';

/** A scrape does not wait longer (milliseconds) for a store that is away: the lag is absent from it then. */
const PATIENCE_MS = 1000;

/** Shows Prometheus how the views do. */
@Injectable()
export class ProjectorMetrics implements OnModuleInit {
  constructor(
    private readonly projector: ProjectorClient,
    private readonly metrics: Metrics,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'head' | 'readAll'>,
  ) {}

  onModuleInit(): void {
    const { projector, metrics, store } = this;
    metrics.gauge('countersign_view_stopped', '1 while a view has stopped at an event', ['view'], (gauge) => {
      for (const [view, { state }] of projector.status()) gauge.set({ view }, state === 'stopped' ? 1 : 0);
    });
    metrics.gauge(
      'countersign_view_lag_seconds',
      'Age of the oldest event that readers of a view do not see yet; 0 where they see all',
      ['view'],
      async (gauge) => {
        gauge.reset();
        for (const [view, seconds] of await inTime(lags(store, projector.status(), Date.now()))) {
          gauge.set({ view }, seconds);
        }
      },
    );
    const deaths = metrics.counter('countersign_projector_restarts_total', 'Deaths of the thread that folds the views');
    projector.onDied(() => deaths.inc());
  }
}

type Lags = ReadonlyMap<string, number>;

/**
 * Seconds for each view. Views mostly stand at the same event, so this asks for the head, and for one batch of the log for
 * each place at which some stand behind it.
 */
export async function lags(
  store: Pick<EventStore, 'head' | 'readAll'>,
  views: ReadonlyMap<string, ViewStatus>,
  now: number,
): Promise<Lags> {
  // Taken before the head: a view that moves meanwhile would seem to be ahead.
  const stands = [...views].map(([view, { checkpoint }]) => [view, checkpoint] as const);
  const head = await store.head();
  const bySpot = new Map<string | undefined, Promise<number>>();
  const found = new Map<string, number>();
  for (const [view, checkpoint] of stands) {
    if (head === undefined || (checkpoint !== undefined && checkpoint >= head)) {
      found.set(view, 0);
      continue;
    }
    const spot = bySpot.get(checkpoint) ?? ageOfNext(store, checkpoint, now);
    bySpot.set(checkpoint, spot);
    found.set(view, await spot);
  }
  return found;
}

/** Seconds since the first event after a position was recorded. */
async function ageOfNext(store: Pick<EventStore, 'readAll'>, after: string | undefined, now: number): Promise<number> {
  for await (const { events } of store.readAll({ after })) {
    const [next] = events;
    if (next !== undefined) return Math.max(0, (now - Date.parse(next.recordedAt)) / 1000);
  }
  return 0;
}

/** Nothing for what fails or takes too long: a scrape without a number is better than no scrape. */
async function inTime(asked: Promise<Lags>): Promise<Lags> {
  const late = new AbortController();
  try {
    return await Promise.race([asked, sleep(PATIENCE_MS, new Map<string, number>(), { signal: late.signal })]);
  } catch {
    return new Map();
  } finally {
    late.abort();
  }
}
