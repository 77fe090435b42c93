import { closeSync, fdatasyncSync, openSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import type { EventStore } from '../src/platform/event-store/event-store.port.js';
import { logFile, wakeChannel } from '../src/platform/event-store/sqlite/database.js';
import { LogWriter } from '../src/platform/event-store/sqlite/log-writer.js';
import { NO_STREAM, type WireAppend } from '../src/platform/event-store/sqlite/protocol.js';
import { openSqliteEventStore } from '../src/platform/event-store/sqlite/sqlite-event-store.js';
import { alternate, type Append, appends, type BenchResult, inFolder, rate } from './bench.js';

const ROUNDS = 15;
const ROUND_MS = 300;
/** Past the first checkpoint: from then on the WAL is written over, as it is for the rest of a log's life. */
const WARM_UP_EVENTS = 15_000;

type Contender = () => Promise<number>;

/** What a log must hold of an event, whatever its format: a line of JSON. */
function lineOf({ stream, event }: Append): Buffer {
  return Buffer.from(`${JSON.stringify({ stream, revision: 1, recordedAt: new Date().toISOString(), ...event })}\n`);
}

/** The baseline: one writev and one fdatasync for so many events of the same bytes. */
function rawLog(fd: number, perCommit: number): Contender {
  const lines = Array.from({ length: perCommit }, appends()).map(lineOf);
  return () =>
    rate(ROUND_MS, () => {
      writevSync(fd, lines);
      fdatasyncSync(fd);
      return perCommit;
    });
}

const { data, metadata } = appends()().event;
/** The raw log gets its lines ready made, and so does the writing thread. */
const body = JSON.stringify({ data, metadata });

function wired({ stream, expected, event }: Append): WireAppend {
  const { id, type, schemaVersion } = event;
  const revision = expected === 'no-stream' ? NO_STREAM : expected;
  return {
    stream,
    expected: revision,
    at: Date.now(),
    bytes: body.length,
    events: [{ id, type, schemaVersion, body }],
  };
}

/** The store without threads and JSON: its writing connection, exactly so many appends of one event in a commit. */
function storeAlone(log: LogWriter, perCommit: number): Contender {
  const next = appends();
  return () => rate(ROUND_MS, () => log.commit(Array.from({ length: perCommit }, next).map(wired)).length);
}

/** The store as it is used, through its thread: so many callers, each waiting for its append before the next one. */
function callers(store: EventStore, count: number): Contender {
  const nexts = Array.from({ length: count }, appends);
  return async () => {
    let running = true;
    let done = 0;
    const begun = performance.now();
    const loops = nexts.map(async (next) => {
      while (running) {
        const { stream, expected, event } = next();
        await store.append(stream, expected, [event]);
        done += 1;
      }
    });
    setTimeout(() => (running = false), ROUND_MS);
    await Promise.all(loops);
    return (done * 1000) / (performance.now() - begun);
  };
}

async function warmUp(commit: (batch: readonly Append[]) => unknown): Promise<void> {
  const next = appends();
  for (let i = 0; i < WARM_UP_EVENTS; i += 250) await commit(Array.from({ length: 250 }, next));
}

/** Commits that the store told its readers of, per event that a contender appended. */
class Commits {
  #count = 0;
  #events = 0;
  readonly #channel: BroadcastChannel;

  constructor(folder: string) {
    this.#channel = new BroadcastChannel(wakeChannel(folder));
    this.#channel.onmessage = () => (this.#count += 1);
  }

  counted(contender: Contender): Contender {
    return async () => {
      const begun = performance.now();
      const rate = await contender();
      this.#events += (rate * (performance.now() - begun)) / 1000;
      return rate;
    };
  }

  /** Events a commit since the last call. */
  take(): number {
    const mean = this.#events / Math.max(1, this.#count);
    this.#count = 0;
    this.#events = 0;
    return mean;
  }

  close(): void {
    this.#channel.close();
  }
}

interface Bed {
  readonly fd: number;
  readonly log: LogWriter;
  readonly store: EventStore;
  readonly commits: Commits;
}

async function measure({ fd, log, store, commits }: Bed, perCommit: number): Promise<BenchResult[]> {
  commits.take();
  const [baseline, alone, through] = await alternate(ROUNDS, [
    rawLog(fd, perCommit),
    storeAlone(log, perCommit),
    commits.counted(callers(store, perCommit)),
  ]);
  const figure = (name: string, value: { rate: number; ratio: number }, note: string): BenchResult => ({
    name,
    measured: value.rate,
    baseline: baseline!.rate,
    ratio: value.ratio,
    unit: 'events/s',
    note,
  });
  const aim = perCommit === 64 ? 0.45 : 0.8;
  const mean = commits.take().toFixed(1);
  return [
    figure(`store alone, ${perCommit} a commit`, alone!, `aim ${aim}`),
    figure(`through its thread, ${perCommit} callers`, through!, `${mean} events a commit were counted`),
  ];
}

/** The embedded store against a raw log: writev and fdatasync of the same bytes. */
export async function run(): Promise<BenchResult[]> {
  return inFolder(async (folder) => {
    const store = await openSqliteEventStore({ folder: join(folder, 'store'), clock: Date.now });
    await warmUp((batch) => Promise.all(batch.map((one) => store.append(one.stream, one.expected, [one.event]))));
    const log = new LogWriter(logFile(folder));
    await warmUp((batch) => log.commit(batch.map(wired)));
    const bed = { fd: openSync(join(folder, 'raw.log'), 'w'), log, store, commits: new Commits(join(folder, 'store')) };
    try {
      const figures: BenchResult[] = [];
      for (const perCommit of [1, 16, 64]) figures.push(...(await measure(bed, perCommit)));
      return figures;
    } finally {
      bed.commits.close();
      closeSync(bed.fd);
      log.close();
      await store.close();
    }
  });
}
