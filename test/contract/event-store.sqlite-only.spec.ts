import Database from 'better-sqlite3';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BroadcastChannel, Worker } from 'node:worker_threads';
import {
  MAX_APPEND_BYTES,
  StoreUnavailable,
  type EventStore,
} from '../../src/platform/event-store/event-store.port.js';
import { wakeChannel } from '../../src/platform/event-store/sqlite/database.js';
import { openReader, openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { itIf } from '../support/available.js';
import type { Scenario } from './event-store.child.js';
import { all, eventually, ids, newEvent, newEvents, newStream, Subscription } from './event-store.contract.js';
import { faultyEnvironment, noFaults } from './event-store.faults.js';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'event-store-'));
  folder = join(root, 'data');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const openStore = (clock = Date.now): Promise<EventStore> => openSqliteEventStore({ folder, clock });

async function withStore<T>(work: (store: EventStore) => Promise<T>, clock = Date.now): Promise<T> {
  const store = await openStore(clock);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Every position from the first on, without a gap; fails on a gap. */
async function countWithoutGaps(store: EventStore): Promise<number> {
  const positions = (await all(store.readAll())).flatMap(({ events }) => events).map(({ position }) => position);
  expect(positions).toEqual(positions.map((_, i) => String(i + 1).padStart(16, '0')));
  return positions.length;
}

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

/** Starts a scenario in another process; resolves with its answer, while the process may still run. */
async function start(
  scenario: Scenario,
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; answer: unknown }> {
  const file = fileURLToPath(new URL('./event-store.child.js', import.meta.url));
  const child = spawn(process.execPath, [file, scenario, folder], { env: { ...process.env, ...env }, stdio: 'pipe' });
  children.add(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await eventually(() => output.endsWith('\n') || child.exitCode !== null, `${scenario} answers`);
  if (!output.endsWith('\n')) throw new Error(`${scenario} ended with ${child.exitCode}: ${errors}`);
  return { child, answer: JSON.parse(output) };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('the embedded event store: group commit', () => {
  /** How many commits a piece of work took. */
  const commits = async (work: () => Promise<unknown>): Promise<number> => {
    const channel = new BroadcastChannel(wakeChannel(folder));
    let count = 0;
    channel.onmessage = () => (count += 1);
    await work();
    // The channel tells of the last commit after its acknowledgements.
    await new Promise((resolve) => setTimeout(resolve, 50));
    channel.close();
    return count;
  };

  it('commits together what arrives together, up to 256 events', () =>
    withStore(async (store) => {
      const many = (): Promise<unknown> =>
        Promise.all(Array.from({ length: 600 }, () => store.append(newStream(), 'any', [newEvent()])));
      expect(await commits(many)).toBe(3);
    }));

  it('commits together at most 1 MiB', () =>
    withStore(async (store) => {
      const large = newEvents(9, { data: { text: 'x'.repeat(MAX_APPEND_BYTES / 4) } });
      const many = (): Promise<unknown> => Promise.all(large.map((event) => store.append(newStream(), 'any', [event])));
      expect(await commits(many)).toBe(3);
    }));

  it('gathers the next batch while it commits', () =>
    withStore(async (store) => {
      const callers = async (): Promise<void> => {
        const loops = Array.from({ length: 64 }, async () => {
          for (let i = 0; i < 20; i++) await store.append(newStream(), 'any', [newEvent()]);
        });
        await Promise.all(loops);
      };
      const count = await commits(callers);
      expect(count).toBeGreaterThanOrEqual(20);
      expect(count).toBeLessThan(400);
    }));

  it('leaves the others of a commit alone when one is refused', () =>
    withStore(async (store) => {
      const taken = newEvent();
      await store.append(newStream(), 'no-stream', [taken]);
      const stream = newStream();
      const [first, second, third, fourth] = await Promise.allSettled([
        // Its stream and its first event are undone with it: the next one finds neither.
        store.append(stream, 'no-stream', [newEvent(), taken]),
        store.append(stream, 'no-stream', newEvents(2, { type: 'NewType' })),
        store.append(stream, 'no-stream', newEvents(2)),
        store.append(stream, 1, [newEvent({ type: 'NewType' })]),
      ]);
      expect(first).toMatchObject({ status: 'rejected', reason: { name: 'RangeError' } });
      expect(second).toMatchObject({ status: 'fulfilled', value: { revision: 1 } });
      expect(third).toMatchObject({ status: 'rejected', reason: { name: 'WrongExpectedRevision', actual: 1 } });
      expect(fourth).toMatchObject({ status: 'fulfilled', value: { revision: 2 } });
      expect(await countWithoutGaps(store)).toBe(4);
    }));

  it('leaves nothing of a stream and a type that one refused event would have begun', () =>
    withStore(async (store) => {
      const taken = newEvent();
      await store.append(newStream(), 'no-stream', [taken]);
      const stream = newStream();
      const [refused, first, other, second] = await Promise.allSettled([
        store.append(stream, 'no-stream', [{ ...taken, type: 'NewType' }]),
        store.append(stream, 'no-stream', [newEvent({ type: 'NewType' })]),
        store.append(newStream(), 'no-stream', [newEvent({ type: 'NewType' })]),
        store.append(stream, 0, [newEvent()]),
      ]);
      expect(refused).toMatchObject({ status: 'rejected', reason: { name: 'RangeError' } });
      expect(first).toMatchObject({ status: 'fulfilled', value: { revision: 0 } });
      expect(other).toMatchObject({ status: 'fulfilled', value: { revision: 0 } });
      expect(second).toMatchObject({ status: 'fulfilled', value: { revision: 1 } });
      const read = await all(store.readStream(stream));
      expect(read.map(({ type, revision }) => [type, revision])).toEqual([
        ['NewType', 0],
        [newEvent().type, 1],
      ]);
      expect(await countWithoutGaps(store)).toBe(4);
    }));

  it('keeps the order of appends that were asked for without waiting', () =>
    withStore(async (store) => {
      const stream = newStream();
      const events = newEvents(1000);
      await Promise.all(events.map((event) => store.append(stream, 'any', [event])));
      expect(ids(await all(store.readStream(stream)))).toEqual(ids(events));
      expect(await countWithoutGaps(store)).toBe(1000);
    }));

  it('answers a large commit in slices, so that the event loop is not held up', () =>
    withStore(async (store) => {
      const perTurn = new Map<number, number>();
      let turn = 0;
      let watching = true;
      const watch = (): void => {
        turn += 1;
        if (watching) setImmediate(watch);
      };
      watch();
      const answered = Array.from({ length: 250 }, async () => {
        await store.append(newStream(), 'any', [newEvent()]);
        perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1);
      });
      await Promise.all(answered);
      watching = false;
      expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(32);
    }));

  it('refuses what does not fit into the queue any more, and goes on', () =>
    withStore(async (store) => {
      const stream = newStream();
      const many = await Promise.allSettled(
        Array.from({ length: 6000 }, () => store.append(stream, 'any', [newEvent()])),
      );
      const refused = many.filter((result) => result.status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      for (const { reason } of refused) expect(reason).toBeInstanceOf(StoreUnavailable);
      expect(await countWithoutGaps(store)).toBe(6000 - refused.length);

      const event = (): Parameters<EventStore['append']>[2] => [newEvent({ data: { text: 'x'.repeat(1_000_000) } })];
      const large = await Promise.allSettled(
        Array.from({ length: 40 }, () => store.append(newStream(), 'any', event())),
      );
      const accepted = large.filter(({ status }) => status === 'fulfilled').length;
      expect(accepted).toBeGreaterThan(20);
      expect(accepted).toBeLessThan(40);
      expect(await store.append(stream, 'any', [newEvent()])).toBeDefined();
    }));
});

describe('the embedded event store: ids, names and instants', () => {
  it('holds an id once', () =>
    withStore(async (store) => {
      const event = newEvent();
      await store.append(newStream(), 'no-stream', [event]);
      const stream = newStream();
      await expect(store.append(stream, 'no-stream', [event])).rejects.toBeInstanceOf(RangeError);
      await expect(store.append(stream, 'any', [event])).rejects.toMatchObject({ name: 'WrongExpectedRevision' });
      const twice = newEvent();
      await expect(store.append(stream, 'any', [twice, twice])).rejects.toBeInstanceOf(RangeError);
      expect(await all(store.readStream(stream))).toEqual([]);
    }));

  it.each([
    ['an id that is no UUID', newStream(), newEvent({ id: 'X' }), 'any'],
    ['an id in upper case', newStream(), newEvent({ id: '0193B5A8-0000-7000-8000-00000000000A' }), 'any'],
    ['an empty type', newStream(), newEvent({ type: '' }), 'any'],
    ['half a schema version', newStream(), newEvent({ schemaVersion: 1.5 }), 'any'],
    ['an empty stream', '', newEvent(), 'any'],
    ['a stream with a lone surrogate', 'a\ud800', newEvent(), 'any'],
    ['a negative revision', newStream(), newEvent(), -1],
    ['half a revision', newStream(), newEvent(), 0.5],
  ] as const)('refuses %s as a mistake', (_, stream, event, expected) =>
    withStore((store) => expect(store.append(stream, expected, [event])).rejects.toBeInstanceOf(RangeError)),
  );

  it('refuses positions that it did not give out', () =>
    withStore(async (store) => {
      await expect(all(store.readAll({ after: '12' }))).rejects.toBeInstanceOf(RangeError);
      await expect(all(store.readAll({ after: '9'.repeat(16) }))).rejects.toBeInstanceOf(RangeError);
    }));

  it('never records an event as earlier than the one before, whatever the clock does', async () => {
    let now = Date.parse('2026-03-01T12:00:00.500Z');
    const record = (store: EventStore): Promise<string> =>
      store.append(newStream(), 'any', [newEvent()]).then(({ recordedAt }) => recordedAt);
    await withStore(
      async (store) => {
        expect(await record(store)).toBe('2026-03-01T12:00:00.500Z');
        now -= 3_600_000;
        expect(await record(store)).toBe('2026-03-01T12:00:00.500Z');
      },
      () => now,
    );
    now -= 86_400_000;
    await withStore(
      async (store) => {
        expect(await record(store)).toBe('2026-03-01T12:00:00.500Z');
        now = Date.parse('2026-03-02T00:00:00.001Z');
        expect(await record(store)).toBe('2026-03-02T00:00:00.001Z');
      },
      () => now,
    );
  });

  it('answers `newer than` without a look at the disk where there is nothing newer', () =>
    withStore(async (store) => {
      const stream = newStream();
      await store.append(stream, 'no-stream', newEvents(3));
      expect(store.newerThan(stream, 2)).toBe(store.newerThan(stream, 2));
      expect(await store.newerThan(stream, 1)).toHaveLength(1);
      const missing = newStream();
      await store.newerThan(missing, -1);
      expect(store.newerThan(missing, -1)).toBe(store.newerThan(stream, 2));
    }));
});

describe('the embedded event store: the folder', () => {
  it('lets one store work on it, in this process and in others', () =>
    withStore(async () => {
      await expect(openStore()).rejects.toMatchObject({ name: 'DataFolderInUse', folder });
      // The lock has to outlive that a file was closed that this process has a lock on.
      const { answer } = await start('lock');
      expect(answer).toBe(
        `DataFolderInUse: The data folder ${folder} is in use: one process works on it at a time, so end the other one first`,
      );
      await expect(openStore()).rejects.toThrow(/in use/);
    }));

  it('is free after kill -9', async () => {
    const { child } = await start('hold');
    await expect(openStore()).rejects.toMatchObject({ name: 'DataFolderInUse' });
    await kill(child);
    await withStore(async (store) => expect(await store.head()).toBeUndefined());
  });

  it('is for its owner only, and holds no WAL after close', async () => {
    const store = await openStore();
    await store.append(newStream(), 'any', [newEvent()]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder))
      expect([name, (await stat(join(folder, name))).mode & 0o777]).toEqual([name, 0o600]);
    await store.close();
    expect((await readdir(folder)).toSorted()).toEqual(['events.db', 'lock.db']);
  });

  it('leaves nothing that keeps the process', async () => {
    const { child, answer } = await start('closeAll');
    expect(answer).toBe('closed');
    await eventually(() => child.exitCode !== null, 'the process ends by itself');
    expect(child.exitCode).toBe(0);
  });

  it('has a reader only where there is a log', () => {
    expect(() => openReader(folder)).toThrow(/no event log/);
  });

  it.each([
    ['is no database', /no event log .*SQLITE_NOTADB/, (file: string) => writeFile(file, 'no database '.repeat(1000))],
    [
      'belongs to something else',
      /no event log of Countersign/,
      async (file: string) => void new Database(file).exec('CREATE TABLE t (a)').close(),
    ],
    ['was made by a newer version', /newer version/, (file: string) => made(file, 'PRAGMA user_version = 99')],
    ['lost its tables', /damaged .*SQLITE_ERROR/, (file: string) => made(file, 'DROP TABLE events')],
  ])('says clearly that the file %s', async (_, message, spoil) => {
    await mkdir(folder);
    await spoil(join(folder, 'events.db'));
    await expect(openStore()).rejects.toThrow(message);
    // The folder was let go.
    await expect(openStore()).rejects.toThrow(message);
  });

  async function made(file: string, sql: string): Promise<void> {
    await withStore((store) => store.append(newStream(), 'any', [newEvent()]));
    const db = new Database(file);
    db.exec(sql);
    db.close();
  }

  it('says clearly that pages are damaged', async () => {
    await withStore(async (store) => {
      for (let i = 0; i < 10; i++) await store.append(newStream(), 'any', newEvents(200));
    });
    const file = await open(join(folder, 'events.db'), 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(size - 40_960, 0xee), 0, size - 40_960, 40_960);
    await file.close();
    const reading = withStore((store) => all(store.readAll()));
    await expect(reading).rejects.toThrow(/damaged.*SQLITE_CORRUPT/);
  });
});

describe('the embedded event store: readers in other threads', () => {
  it('are woken by commits, and end when they are told to', () =>
    withStore(async (store) => {
      const early = newEvent();
      await store.append(newStream(), 'any', [early]);
      const thread = new Worker(new URL('./event-store.reader.thread.js', import.meta.url), { workerData: { folder } });
      const exited = once(thread, 'exit');
      const seen: string[] = [];
      let caughtUp = false;
      thread.on('message', (batch: { ids: string[]; caughtUp: boolean }) => {
        seen.push(...batch.ids);
        ({ caughtUp } = batch);
      });
      await eventually(() => caughtUp, 'the thread has caught up');
      const appended = [early.id];
      for (let i = 0; i < 200; i++) {
        const event = newEvent();
        appended.push(event.id);
        await store.append(newStream(), 'any', [event]);
        if (i % 20 === 0) await eventually(() => seen.length === appended.length, 'a wake-up');
      }
      await eventually(() => seen.length === appended.length, 'the last wake-up');
      expect(seen).toEqual(appended);
      thread.postMessage('stop');
      expect(await exited).toEqual([0]);
    }));

  it('read what is there, beside the store', () =>
    withStore(async (store) => {
      const stream = newStream();
      await store.append(stream, 'any', newEvents(3));
      const reader = openReader(folder);
      expect(await all(reader.readStream(stream))).toEqual(await all(store.readStream(stream)));
      expect(await reader.newerThan(stream, 0)).toHaveLength(2);
      expect(await reader.head()).toBe(await store.head());
      const waiting = new Subscription(reader);
      await eventually(() => waiting.of(stream).length === 3, 'caught up');
      await reader.close();
      await expect(waiting.ended).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(reader.head()).rejects.toBeInstanceOf(StoreUnavailable);
    }));
});

describe('the embedded event store: failures', () => {
  const injecting = (title: string, test: (env: Record<string, string>) => Promise<void>): void =>
    itIf(noFaults === undefined, noFaults ?? '', title, async () => {
      const faultFolder = join(root, 'faults');
      await mkdir(faultFolder);
      await test(faultyEnvironment(faultFolder));
    });

  injecting('syncs for each commit before it acknowledges', async (env) => {
    const { answer } = await start('syncs', env);
    const { single, grouped } = answer as { single: number; grouped: number };
    expect(single).toBeGreaterThanOrEqual(50);
    // 1000 appends at once are four commits; a checkpoint may add some.
    expect(grouped).toBeGreaterThanOrEqual(4);
    expect(grouped).toBeLessThan(50);
  });

  injecting('an I/O error in a commit leaves its outcome open, and a retry stores the event once', async (env) => {
    const { answer } = await start('ioError', env);
    expect(answer).toEqual({
      before: 0,
      once: 'OutcomeUnknown',
      onceAgain: 0,
      meanwhile: 0,
      lasting: 'OutcomeUnknown',
      refused: 'StoreUnavailable',
      readable: 1,
      lastingAgain: 0,
      refusedAgain: 0,
      newer: 1,
    });
    await withStore(async (store) => expect(await countWithoutGaps(store)).toBe(5));
  });

  injecting('a retry after an I/O error and a crash finds its own event', async (env) => {
    const { child, answer } = await start('ioErrorThenCrash', env);
    expect(answer).toEqual({ failed: 'OutcomeUnknown', visible: 0 });
    expect(existsSync(join(folder, 'events.db-wal'))).toBe(true);
    await kill(child);
    await withStore(async (store) => {
      const [event, ...others] = await all(store.readStream('failed'));
      expect([event?.revision, others]).toEqual([0, []]);
      const { revision, position } = await store.append('failed', 'no-stream', [event!]);
      expect([revision, position]).toEqual([0, event!.position]);
      expect(await countWithoutGaps(store)).toBe(2);
    });
  });

  injecting('a full disk refuses appends and heals by itself', async (env) => {
    const { answer } = await start('diskFull', env);
    expect(answer).toEqual({
      before: 0,
      full: ['StoreUnavailable', 'StoreUnavailable'],
      still: 'StoreUnavailable',
      readable: [1, 0],
      healed: [0, 0],
    });
    await withStore(async (store) => expect(await countWithoutGaps(store)).toBe(3));
  });

  it('the end of the writing thread leaves outcomes open; the next append starts another one', async () => {
    const { answer } = await start('threadDies');
    expect(answer).toEqual({ outcomes: expect.arrayContaining(['OutcomeUnknown']), again: [0], threads: 2 });
    await withStore(async (store) => expect(await countWithoutGaps(store)).toBe(2001));
  });
});
