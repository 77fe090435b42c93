import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import type { EventStore, NewEvent } from '../src/platform/event-store/event-store.port.js';
import { logFile, wakeChannel } from '../src/platform/event-store/sqlite/database.js';
import { LogWriter } from '../src/platform/event-store/sqlite/log-writer.js';
import { NO_STREAM, type WireAppend } from '../src/platform/event-store/sqlite/protocol.js';
import { openSqliteEventStore } from '../src/platform/event-store/sqlite/sqlite-event-store.js';
import { type Append, appends, inFolder, median } from './bench.js';
import type { Figure, Outcome } from './figure.js';

/**
 * Contenders take turns of TURN_MS, and a ratio is taken of the sums of a block of turns: short turns let what else the
 * machine does meet all of them, and a block is long enough to hold its share of the checkpoints of the WAL, which a
 * median over turns would leave out.
 */
const TURN_MS = 50;
const TURNS = 10;
const BLOCKS = 9;
/** Past the first checkpoints: from then on the WAL is written over, as it is for the rest of a log's life. */
const WARM_UP_EVENTS = 40_000;

/** What is written of an event: names, id, body, and 8 bytes for each of its four numbers. */
const EVENT_BYTES = 393;
const EMPTY: NewEvent = {
  ...appends()().event,
  data: { text: '' },
  metadata: {
    actor: { kind: 'system', id: 'bench' },
    command: 'Bench',
    correlationId: '00000000-0000-7000-8000-000000000001',
    requestId: '00000000-0000-7000-8000-000000000002',
  },
};

const bodyOf = ({ data, metadata }: NewEvent): string => JSON.stringify({ data, metadata });
const bytesOf = (stream: string, event: NewEvent): number =>
  stream.length + event.id.length + event.type.length + bodyOf(event).length + 4 * 8;
const DATA = { text: 'x'.repeat(EVENT_BYTES - bytesOf(appends()().stream, EMPTY)) };
const BODY = bodyOf({ ...EMPTY, data: DATA });

/** Appends of one event of EVENT_BYTES each. */
function small(): () => Append {
  const next = appends();
  return () => {
    const { event, ...rest } = next();
    return { ...rest, event: { ...EMPTY, id: event.id, data: DATA } };
  };
}

interface Sample {
  events: number;
  milliseconds: number;
}

interface Contender {
  /** Before a block. */
  readonly begin?: () => void;
  readonly turn: () => Promise<Sample> | Sample;
}

/**
 * Milliseconds that this thread was ready to run and had no processor, from the scheduler of Linux (0 elsewhere): what
 * other processes take of the machine, and so no part of what a commit costs.
 */
const queued: () => number = (() => {
  const file = '/proc/thread-self/schedstat';
  if (!existsSync(file)) return () => 0;
  const fd = openSync(file, 'r');
  const bytes = Buffer.alloc(128);
  return () => Number(bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0)).split(' ')[1]) / 1e6;
})();

/** Commits for a turn; only they are timed, what they commit is made before. */
function commits<T>(perCommit: number, make: () => T, commit: (made: T) => void): Sample {
  const sample = { events: 0, milliseconds: 0 };
  while (sample.milliseconds < TURN_MS) {
    const made = make();
    const queuedBefore = queued();
    const begun = performance.now();
    commit(made);
    const elapsed = performance.now() - begun;
    sample.milliseconds += elapsed - (queued() - queuedBefore);
    sample.events += perCommit;
  }
  return sample;
}

const WRITTEN_OVER_BYTES = 64 * 1024 * 1024;

/**
 * The baseline: one write and one fdatasync for so many events of the same bytes. At the end of a file that grows; or over
 * and over into one whose blocks are there, so that no sync has a new size of the file to write.
 */
function rawLog(fd: number, perCommit: number, growing: boolean): Contender {
  const bytes = Buffer.alloc(EVENT_BYTES * perCommit, 'x');
  let end = 0;
  const commit = (): void => {
    if (!growing && end + bytes.length > WRITTEN_OVER_BYTES) end = 0;
    end += writeSync(fd, bytes, 0, bytes.length, end);
    fdatasyncSync(fd);
  };
  return {
    begin() {
      if (growing) ftruncateSync(fd, 0);
      end = 0;
    },
    turn: () => commits(perCommit, () => undefined, commit),
  };
}

function wired({ stream, expected, event }: Append): WireAppend {
  const { id, type, schemaVersion } = event;
  const revision = expected === 'no-stream' ? NO_STREAM : expected;
  return {
    stream,
    expected: revision,
    at: Date.now(),
    bytes: BODY.length,
    events: [{ id, type, schemaVersion, body: BODY }],
  };
}

/** The store without threads and JSON: its writing connection, exactly so many appends of one event in a commit. */
function storeAlone(log: LogWriter, perCommit: number): Contender {
  const next = small();
  const make = (): WireAppend[] => Array.from({ length: perCommit }, next).map(wired);
  return { turn: () => commits(perCommit, make, (batch) => log.commit(batch)) };
}

/** The store as it is used, through its thread: so many callers, each waiting for its append before the next one. */
function callers(store: EventStore, count: number): Contender {
  const nexts = Array.from({ length: count }, small);
  return {
    async turn() {
      let running = true;
      let events = 0;
      const begun = performance.now();
      const loops = nexts.map(async (next) => {
        while (running) {
          const { stream, expected, event } = next();
          await store.append(stream, expected, [event]);
          events += 1;
        }
      });
      setTimeout(() => (running = false), TURN_MS);
      await Promise.all(loops);
      return { events, milliseconds: performance.now() - begun };
    },
  };
}

/** Rates of contenders by block; all blocks of one contender have the same place in the list as those of the others. */
async function blocks(contenders: readonly Contender[]): Promise<readonly (readonly number[])[]> {
  const rates = contenders.map((): number[] => []);
  for (let block = 0; block < BLOCKS; block++) {
    const sums = contenders.map((): Sample => ({ events: 0, milliseconds: 0 }));
    for (const contender of contenders) contender.begin?.();
    for (let turn = 0; turn < TURNS; turn++)
      for (const [i, contender] of contenders.entries()) {
        const { events, milliseconds } = await contender.turn();
        sums[i]!.events += events;
        sums[i]!.milliseconds += milliseconds;
      }
    for (const [i, { events, milliseconds }] of sums.entries()) rates[i]!.push((events * 1000) / milliseconds);
  }
  return rates;
}

async function warmUp(commit: (batch: readonly Append[]) => unknown): Promise<void> {
  const next = small();
  for (let i = 0; i < WARM_UP_EVENTS; i += 250) await commit(Array.from({ length: 250 }, next));
}

/** Counts the commits that the store tells its readers of, and the events of a contender. */
class Grouping {
  #commits = 0;
  #events = 0;
  readonly #channel: BroadcastChannel;

  constructor(folder: string) {
    this.#channel = new BroadcastChannel(wakeChannel(folder));
    this.#channel.onmessage = () => (this.#commits += 1);
  }

  counted({ turn }: Contender): Contender {
    return {
      turn: async () => {
        const sample = await turn();
        this.#events += sample.events;
        return sample;
      },
    };
  }

  /** Events a commit since the last call. */
  take(): number {
    const mean = this.#events / Math.max(1, this.#commits);
    this.#commits = 0;
    this.#events = 0;
    return mean;
  }

  close(): void {
    this.#channel.close();
  }
}

interface Bed {
  readonly raw: number;
  readonly ring: number;
  readonly log: LogWriter;
  readonly store: EventStore;
  readonly grouping: Grouping;
}

async function measure({ raw, ring, log, store, grouping }: Bed, perCommit: number): Promise<Figure[]> {
  grouping.take();
  const [baseline, overwritten, alone, through] = await blocks([
    rawLog(raw, perCommit, true),
    rawLog(ring, perCommit, false),
    storeAlone(log, perCommit),
    grouping.counted(callers(store, perCommit)),
  ]);
  const figure = (name: string, rates: readonly number[], than: readonly number[]): Figure => ({
    name,
    measured: median(rates),
    baseline: median(than),
    ratio: median(rates.map((rate, i) => rate / than[i]!)),
    unit: 'events/s',
  });
  const aim = `ratio at least ${perCommit === 64 ? 0.45 : 0.8}`;
  const mean = grouping.take().toFixed(1);
  return [
    { ...figure(`store alone, ${perCommit} a commit`, alone!, baseline!), aim },
    figure(`the same, against a log that writes over a file`, alone!, overwritten!),
    {
      ...figure(`through its thread, ${perCommit} callers`, through!, baseline!),
      note: `${mean} events a commit were counted`,
    },
  ];
}

/** The embedded store against a raw log: write and fdatasync of the same bytes. */
export async function run(): Promise<Outcome[]> {
  return inFolder(async (folder) => {
    const store = await openSqliteEventStore({ folder: join(folder, 'store'), clock: Date.now });
    await warmUp((batch) => Promise.all(batch.map((one) => store.append(one.stream, one.expected, [one.event]))));
    const log = new LogWriter(logFile(folder));
    await warmUp((batch) => log.commit(batch.map(wired)));
    const ring = openSync(join(folder, 'ring.log'), 'w');
    writeSync(ring, Buffer.alloc(WRITTEN_OVER_BYTES));
    fdatasyncSync(ring);
    const raw = openSync(join(folder, 'raw.log'), 'w');
    const bed = { raw, ring, log, store, grouping: new Grouping(join(folder, 'store')) };
    try {
      const figures: Figure[] = [];
      for (const perCommit of [1, 16, 64]) figures.push(...(await measure(bed, perCommit)));
      return figures;
    } finally {
      bed.grouping.close();
      closeSync(raw);
      closeSync(ring);
      log.close();
      await store.close();
    }
  });
}
