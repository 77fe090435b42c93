import type { Batch, StoredEvent } from '../event-store/event-store.port.js';
import { Metrics } from '../telemetry/metrics.js';
import type { ProjectorClient } from './projector-client.js';
import { lags, ProjectorMetrics } from './projector-metrics.js';
import type { ViewStatus } from './status.js';

const NOW = Date.UTC(2026, 2, 1, 12);

/** A log of events at positions p1, p2 ..., each recorded so many seconds ago. */
function logOf(...ages: readonly number[]) {
  const asked: (string | undefined)[] = [];
  const events = ages.map((age, i) => {
    const recordedAt = new Date(NOW - age * 1000).toISOString();
    return { position: `p${i + 1}`, recordedAt } as unknown as StoredEvent;
  });
  return {
    asked,
    head: async () => events.at(-1)?.position,
    async *readAll({ after = '' }: { after?: string | undefined } = {}): AsyncGenerator<Batch> {
      asked.push(after);
      const rest = events.filter(({ position }) => position > after);
      if (rest.length > 0) yield { events: rest, position: rest.at(-1)!.position, caughtUp: true };
    },
  };
}

const at = (checkpoint: string | undefined): ViewStatus => ({ state: 'live', checkpoint });

describe('how far views are behind', () => {
  it('is the age of the first event that they do not show', async () => {
    const log = logOf(100, 50, 3);
    const views = new Map([
      ['all', at('p3')],
      ['two', at('p2')],
      ['also two', at('p2')],
      ['one', at('p1')],
      ['none', at(undefined)],
    ]);
    expect(Object.fromEntries(await lags(log, views, NOW))).toEqual({
      all: 0,
      two: 3,
      'also two': 3,
      one: 50,
      none: 100,
    });
    // One read for each place.
    expect(log.asked).toEqual(['p2', 'p1', '']);
  });

  it('is nothing where there is nothing, and reads nothing where all have all', async () => {
    const empty = logOf();
    expect([...(await lags(empty, new Map([['a', at(undefined)]]), NOW)).values()]).toEqual([0]);
    const log = logOf(1);
    await lags(log, new Map([['a', at('p1')]]), NOW);
    expect([...empty.asked, ...log.asked]).toEqual([]);
  });

  it('is absent from the scrape while the log cannot be read, and the rest is there', async () => {
    const metrics = new Metrics();
    const projector = {
      status: () => new Map([['a', at('p1')]]),
      onDied: () => undefined,
    } as unknown as ProjectorClient;
    let away = false;
    const log = logOf(1);
    const head = (): Promise<string | undefined> => (away ? Promise.reject(new Error('away')) : log.head());
    new ProjectorMetrics(projector, metrics, { ...log, head }).onModuleInit();
    expect(await metrics.registry.metrics()).toContain('countersign_view_lag_seconds{view="a"} 0');
    away = true;
    const text = await metrics.registry.metrics();
    expect(text).not.toContain('countersign_view_lag_seconds{');
    expect(text).toContain('countersign_view_stopped{view="a"} 0');
  });
});
