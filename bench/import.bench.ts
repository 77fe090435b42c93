/**
 * The import of a retailer's invoices over HTTP, from the upload to its last document, every thread and view included.
 *
 * Baseline of the rate: the store alone is given the events of the same documents. Memory is compared with itself: several
 * times the file must not need more of it.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredEvent } from '../src/platform/event-store/event-store.port.js';
import { openReader, openSqliteEventStore } from '../src/platform/event-store/sqlite/sqlite-event-store.js';
import { upload, waitForImport } from '../test/support/imports.js';
import { found, signUp } from '../test/support/people.js';
import { Server } from '../test/support/server.js';
import { hasRetailFile, RETAIL_ANSWERS, RETAIL_MISSING, retailFile } from '../test/support/shared.js';
import { inFolder, median, paired } from './bench.js';
import type { Figure, Outcome } from './figure.js';

const ROUNDS = 3;
/** How many times the file, for memory. By the first all caches have begun to fill. */
const [SOME, MORE] = [2, 6];
/** Appends of the baseline that are under way at once, about as many as the import has. */
const IN_FLIGHT = 300;
const PRELOAD = ['--expose-gc', `--import=${new URL('./support/heap-after-gc.preload.js', import.meta.url).href}`];

interface Imported {
  readonly documentsPerSecond: number;
  readonly cpuMsPerDocument: number;
  /** Mebibytes; undefined where the system does not tell. */
  readonly peak: number | undefined;
  /** Mebibytes that the main thread's heap holds after a collection. */
  readonly heap: number;
}

export async function run(): Promise<Outcome[]> {
  if (!hasRetailFile) return [{ name: 'import', skipped: RETAIL_MISSING }];
  const rounds: { imported: Imported; alone: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    let alone = 0;
    const imported = await importing(1, async (folder) => void (alone = await storeAlone(folder)));
    rounds.push({ imported, alone });
  }
  const some = await importing(SOME);
  const more = await importing(MORE);
  const cpu = median(rounds.map(({ imported }) => imported.cpuMsPerDocument));
  const memory = (name: string, measured: number, baseline: number): Figure => ({
    name,
    measured,
    baseline,
    ratio: measured / baseline,
    unit: 'MiB',
    note: `${MORE} times the file against ${SOME} times`,
  });
  return [
    {
      name: 'import',
      unit: 'documents/s',
      ...paired(
        rounds.map(({ imported }) => imported.documentsPerSecond),
        rounds.map(({ alone }) => alone),
      ),
      aim: 'at least 1000 documents/s',
      note: `against the store alone; ${cpu.toFixed(2)} ms of CPU each, ${more.cpuMsPerDocument.toFixed(2)} in ${MORE} times the file`,
    },
    ...(some.peak === undefined || more.peak === undefined
      ? []
      : [memory('import, peak memory of the process', more.peak, some.peak)]),
    memory('import, heap after collection', more.heap, some.heap),
  ];
}

/** Imports so many times the file on a server of its own; `after` gets the data folder once the server has ended. */
async function importing(times: number, after?: (folder: string) => Promise<void>): Promise<Imported> {
  const server = await Server.start({ preload: PRELOAD });
  try {
    const owner = await signUp(server, 'bench@bench.example');
    const organisation = await found(owner);
    const file = repeated(times);
    const cpuBefore = await cpuSeconds(server);
    const begun = performance.now();
    const done = await waitForImport(owner, organisation, await upload(owner, organisation, file));
    const seconds = (performance.now() - begun) / 1000;
    const cpu = (await cpuSeconds(server)) - cpuBefore;
    if (done.total !== times * RETAIL_ANSWERS.total) throw new Error(`imported ${JSON.stringify(done)}`);
    const documents = Number(done.invoices) + Number(done.creditNotes);
    const peak = await peakOf(server);
    const heap = await heapOf(server);
    await server.stop();
    await after?.(server.folder);
    return { documentsPerSecond: documents / seconds, cpuMsPerDocument: (cpu * 1000) / documents, peak, heap };
  } finally {
    await server.dispose();
  }
}

/** The file so many times, each time with other numbers of documents. */
function repeated(times: number): Buffer {
  const file = retailFile();
  const rows = file.subarray(file.indexOf('\n') + 1).toString();
  const more = Array.from({ length: times - 1 }, (_, index) => rows.replace(/^(C?)(?=\d)/gm, `$1${index + 1}`));
  return Buffer.concat([file, ...more.map((text) => Buffer.from(text))]);
}

/** Documents a second, where the store is given the events of a folder's documents and nothing else is done. */
async function storeAlone(source: string): Promise<number> {
  const appends = await documentsOf(source);
  return inFolder(async (folder) => {
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    try {
      const begun = performance.now();
      let next = 0;
      const work = async (): Promise<void> => {
        for (let events = appends[next++]; events !== undefined; events = appends[next++])
          await store.append(events[0]!.stream, 'no-stream', events);
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, work));
      return (appends.length * 1000) / (performance.now() - begun);
    } finally {
      await store.close();
    }
  });
}

async function documentsOf(folder: string): Promise<readonly (readonly StoredEvent[])[]> {
  const streams = new Map<string, StoredEvent[]>();
  const reader = openReader(folder);
  try {
    for await (const { events } of reader.readAll()) {
      for (const event of events) {
        if (!/^(Invoice|CreditNote)/.test(event.type)) continue;
        const before = streams.get(event.stream);
        if (before === undefined) streams.set(event.stream, [event]);
        else before.push(event);
      }
    }
  } finally {
    await reader.close();
  }
  return [...streams.values()];
}

/** Of all threads, since the server started. */
async function cpuSeconds(server: Server): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const seconds = /^process_cpu_seconds_total ([\d.e+-]+)$/m.exec(metrics)?.[1];
  if (seconds === undefined) throw new Error('the server tells no CPU time');
  return Number(seconds);
}

async function peakOf({ process: { pid } }: Server): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}

async function heapOf(server: Server): Promise<number> {
  server.process.kill('SIGUSR2');
  for (let waited = 0; waited < 10_000; waited += 20) {
    for (const line of server.output) {
      const bytes = /^heap (\d+)$/.exec(line)?.[1];
      if (bytes !== undefined) return Number(bytes) / 2 ** 20;
    }
    await sleep(20);
  }
  throw new Error('the server did not tell what its heap holds');
}
