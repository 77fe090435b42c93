import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ProjectorClient } from '../../src/platform/projector/projector-client.js';
import { SqliteReadModel } from '../../src/platform/read-model/sqlite/read-model.js';
import { notesView, positionOf } from '../contract/read-model/notes.js';

describe('projector in a thread', () => {
  const view = notesView('counts');
  let folder: string;
  let client: ProjectorClient;
  let model: SqliteReadModel;
  let worker: Worker;
  const spawn = (events: number) => (): Worker => {
    worker = new Worker(new URL('../support/projector.thread.js', import.meta.url), {
      workerData: { folder, view: view.name, events },
    });
    return worker;
  };
  const counts = async (): Promise<(number | undefined)[]> =>
    (await model.getMany(view, ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6'])).value.map((note) => note?.counter);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-thread-'));
    client = new ProjectorClient();
    model = new SqliteReadModel(folder);
  });
  afterEach(async () => {
    await client.close();
    await model.close();
    await rm(folder, { recursive: true });
  });

  it('lets the HTTP thread wait until readers see a position', async () => {
    await client.start(spawn(700));
    expect(await client.waitFor(view.name, positionOf(700), 10_000)).toBe(true);
    expect(await counts()).toEqual(Array(7).fill(100));
    expect(await client.waitFor(view.name, positionOf(701), 20)).toBe(false);
    expect(client.status().get(view.name)).toEqual({ state: 'live', checkpoint: positionOf(700) });
  });

  it('rebuilds on demand', async () => {
    await client.start(spawn(70));
    await client.waitFor(view.name, positionOf(70), 10_000);
    await client.rebuild();
    expect(await counts()).toEqual(Array(7).fill(10));
    await expect(client.rebuild('nothing')).rejects.toThrow('There is no view nothing');
  });

  it('ends in order, and goes on at the next start', async () => {
    await client.start(spawn(70));
    await client.waitFor(view.name, positionOf(70), 10_000);
    const exit = new Promise((resolve) => worker.once('exit', resolve));
    await client.close();
    expect(await exit).toBe(0);
    client = new ProjectorClient();
    await client.start(spawn(77));
    expect(await client.waitFor(view.name, positionOf(77), 10_000)).toBe(true);
    expect(await counts()).toEqual(Array(7).fill(11));
  });

  it('loses and repeats nothing when its thread is killed, catching up or rebuilding, and comes back by itself', async () => {
    let deaths = 0;
    client.onDied(() => deaths++);
    await client.start(spawn(7_000));
    for (let i = 0; i < 3; i++) {
      if (i % 2 === 1) void client.rebuild().catch(() => undefined);
      await sleep(30 * i + 10);
      const before = deaths;
      await worker.terminate();
      expect(deaths).toBe(before + 1);
      expect(['restarting', undefined]).toContain(client.status().get(view.name)?.state);
      while (client.status().get(view.name)?.state === 'restarting') await sleep(10);
    }
    expect(await client.waitFor(view.name, positionOf(7_000), 20_000)).toBe(true);
    expect(await counts()).toEqual(Array(7).fill(1000));
    await client.rebuild();
    expect(await counts()).toEqual(Array(7).fill(1000));
  });
});
