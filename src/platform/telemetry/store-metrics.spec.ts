import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Registry } from 'prom-client';
import { OutcomeUnknown, StoreUnavailable, WrongExpectedRevision } from '../event-store/event-store.port.js';
import { storeMetrics } from './store-metrics.js';

const MODULE = new URL('./store-metrics.js', import.meta.url).href;

describe('what is counted for the process', () => {
  const registry = new Registry();
  beforeAll(() => storeMetrics.showIn(registry));

  const value = async (series: string): Promise<number> => {
    const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1));
  };

  it('is shown by every registry', async () => {
    const other = new Registry();
    storeMetrics.showIn(other);
    storeMetrics.committed(3);
    storeMetrics.appended(0.003);
    for (const one of [registry, other]) {
      const text = await one.metrics();
      expect(text).toContain('countersign_commit_appends_sum 3');
      expect(text).toContain('countersign_append_duration_seconds_bucket{le="0.005"} 1');
    }
  });

  it('tells failures of appends apart', async () => {
    storeMetrics.appendFailed(new WrongExpectedRevision('s', 1, 2));
    storeMetrics.appendFailed(new StoreUnavailable('x'));
    storeMetrics.appendFailed(new OutcomeUnknown('x'));
    storeMetrics.appendFailed(new TypeError('x'));
    for (const reason of ['conflict', 'unavailable', 'unknown', 'other'])
      expect(await value(`countersign_append_failures_total{reason="${reason}"}`)).toBe(1);
  });

  it('hears of reconnects in other threads', async () => {
    storeMetrics.reconnected('read-model');
    const code = `import(${JSON.stringify(MODULE)}).then(({ storeMetrics }) => {
      storeMetrics.reconnected('event-store');
      storeMetrics.reconnected('event-store');
    });`;
    const worker = new Worker(code, { eval: true });
    const ended = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
    const seen = (): Promise<number> => value('countersign_reconnects_total{backend="event-store"}');
    for (let tries = 0; tries < 200 && (await seen()) < 2; tries++) await sleep(20);
    expect(await seen()).toBe(2);
    expect(await value('countersign_reconnects_total{backend="read-model"}')).toBe(1);
    // The channel keeps no thread alive.
    expect(await ended).toBe(0);
  });
});
