import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NewEvent, type StoredEvent, StoreUnavailable } from '../../src/platform/event-store/event-store.port.js';
import { logFile, openForWriting } from '../../src/platform/event-store/sqlite/database.js';
import {
  EventLogUnreadable,
  openReader,
  openSqliteEventStore,
} from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { readError } from '../../src/platform/event-store/sqlite/errors.js';
import { Random } from './history.js';

/*
 * What SQLite can tell of a damaged file, and what it cannot.
 *
 * Every frame of the WAL carries a checksum over itself and all frames before it, and a commit is one only with its last
 * frame: whatever is cut off or changed there ends the log at the last commit before it. The database file has no
 * checksums. Damage to its structure is mostly noticed (SQLITE_CORRUPT, SQLITE_NOTADB), and then said; a flipped bit inside
 * the text of an event is not, and that event is served as the file has it. Noticing that is for the proofs over the log;
 * personal fields are noticed at once, since their ciphertext does not open.
 */
const HEADER = 32;
const FRAME_HEADER = 24;
const BEFORE = 3;
const COMMITS = 8;

let root: string;
/** A folder as kill -9 leaves it: three commits in the database, eight in the WAL. */
let killed: string;
/** The same, closed in order: no WAL. */
let closed: string;
/** The log after each number of commits. */
let truth: StoredEvent[][];
let frames: { readonly start: number; readonly end: number; readonly commits: boolean }[];

let ids = 0;
const event = (size: number): NewEvent => {
  const id = `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
  const metadata = {
    actor: { kind: 'system', id: 'test' },
    command: 'Test',
    correlationId: id,
    requestId: id,
  } as const;
  return { id, type: 'Done', schemaVersion: 1, data: { n: ids, text: 'x'.repeat(size) }, metadata };
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'countersign-damage-'));
  [killed, closed] = [join(root, 'killed'), join(root, 'closed')];
  const folder = join(root, 'live');
  const open = () => openSqliteEventStore({ folder, clock: () => 0 });
  const append = async (commit: number): Promise<void> => {
    await store.append(
      `s${commit % 3}`,
      'any',
      commit % 4 === 1 ? [event(10), event(10)] : [event(commit === 6 ? 20_000 : 50)],
    );
  };
  let store = await open();
  for (let commit = 0; commit < BEFORE; commit++) await append(commit);
  await store.close();
  truth = [await contents(folder)];
  store = await open();
  for (let commit = BEFORE; commit < BEFORE + COMMITS; commit++) {
    await append(commit);
    truth.push([]);
    for await (const { events } of store.readAll()) truth.at(-1)!.push(...events);
  }
  // By another process: one that closes a file drops the locks that it has on it.
  execFileSync('cp', ['-r', folder, killed]);
  await store.close();
  cpSync(folder, closed, { recursive: true });

  const wal = readFileSync(walOf(killed));
  const size = FRAME_HEADER + wal.readUInt32BE(8);
  frames = Array.from({ length: (wal.length - HEADER) / size }, (_, i) => {
    const start = HEADER + i * size;
    return { start, end: start + size, commits: wal.readUInt32BE(start + 4) !== 0 };
  });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const walOf = (folder: string): string => `${logFile(folder)}-wal`;

/** What a store finds in a folder: opened for writing as its thread opens it, which recovers the WAL, and then read. */
async function contents(folder: string): Promise<StoredEvent[]> {
  const file = logFile(folder);
  try {
    openForWriting(file).close();
  } catch (error) {
    throw readError(file, error);
  }
  const reader = openReader(folder);
  try {
    const events: StoredEvent[] = [];
    for await (const batch of reader.readAll()) events.push(...batch.events);
    return events;
  } finally {
    await reader.close();
  }
}

/** Works on a copy of a folder. */
async function withCopy<T>(original: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(root, 'copy-'));
  try {
    cpSync(original, folder, { recursive: true });
    // The index of the WAL is made anew by whoever opens the files first; after a power cut there is none.
    rmSync(`${logFile(folder)}-shm`, { force: true });
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function flip(file: string, at: number, bit: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 1 << bit;
  writeFileSync(file, bytes);
}

/** How many commits of the WAL lie wholly before an offset. */
const commitsBefore = (offset: number): number => frames.filter(({ end, commits }) => commits && end <= offset).length;

describe('a damaged WAL', () => {
  it('has a commit for each append', () => {
    expect(existsSync(walOf(killed))).toBe(true);
    expect(existsSync(walOf(closed))).toBe(false);
    expect(commitsBefore(Infinity)).toBe(COMMITS);
    expect(frames.length).toBeGreaterThan(2 * COMMITS);
  });

  it('that is cut off, at each frame and inside it, ends the log at the last commit that is whole', async () => {
    for (const { start, end } of frames) {
      for (const length of [start, start + 10, start + FRAME_HEADER + 1000, end - 1]) {
        await withCopy(killed, async (folder) => {
          truncateSync(walOf(folder), length);
          expect([length, await contents(folder)]).toEqual([length, truth[commitsBefore(length)]]);
        });
      }
    }
    for (const length of [0, HEADER - 1]) {
      await withCopy(killed, async (folder) => {
        truncateSync(walOf(folder), length);
        expect(await contents(folder)).toEqual(truth[0]);
      });
    }
  }, 120_000);

  it('takes what is lost once more, without a gap', async () => {
    for (const { end } of frames.filter(({ commits }) => commits)) {
      await withCopy(killed, async (folder) => {
        truncateSync(walOf(folder), end - 1);
        const kept = truth[commitsBefore(end - 1)]!;
        const lost = truth.at(-1)!.slice(kept.length);
        const store = await openSqliteEventStore({ folder, clock: () => 0 });
        for (const { stream, revision, position: _, recordedAt: __, ...again } of lost)
          await store.append(stream, revision === 0 ? 'no-stream' : revision - 1, [again]);
        await store.close();
        expect(await contents(folder)).toEqual(truth.at(-1));
      });
    }
  }, 120_000);

  it('with a flipped bit in any frame ends the log before the commit of that frame', async () => {
    const random = new Random(1);
    for (const { start, end } of frames) {
      // Page number, size of the database, both salts, both checksums; then the page.
      const places = [...[0, 4, 8, 12, 16, 20].map((field) => field + random.below(4)), ...[24, 1000, end - start - 1]];
      for (const place of places) {
        await withCopy(killed, async (folder) => {
          flip(walOf(folder), start + place, random.below(8));
          expect([start, place, await contents(folder)]).toEqual([start, place, truth[commitsBefore(start)]]);
        });
      }
    }
  }, 120_000);

  it('with a flipped bit in its header is nothing, or is refused', async () => {
    for (let at = 0; at < HEADER; at++) {
      await withCopy(killed, async (folder) => {
        flip(walOf(folder), at, at % 8);
        const found = await contents(folder).catch((error: unknown) => error);
        if (found instanceof StoreUnavailable || found instanceof EventLogUnreadable) return;
        expect([at, found]).toEqual([at, truth[0]]);
      });
    }
  });
});

describe('a damaged database file', () => {
  it('is refused in words that name the file, or served as it stands, but never with a hole in it', async () => {
    const random = new Random(2);
    const size = readFileSync(logFile(closed)).length;
    let refused = 0;
    for (let i = 0; i < 600; i++) {
      await withCopy(closed, async (folder) => {
        // Most of a page is text or nothing: half of the flips go to where its structure is.
        const page = 8192 * random.below(size / 8192);
        const at = page + (random.onceIn(2) ? random.below(200) : random.below(8192));
        flip(logFile(folder), at, random.below(8));
        const found = await contents(folder).catch((error: unknown) => error as Error);
        if (found instanceof Error) {
          refused += 1;
          const { name, message } = found;
          expect([at, name, message]).toEqual([
            at,
            expect.stringMatching(/^(EventLogUnreadable|StoreUnavailable)$/),
            expect.stringContaining('events.db'),
          ]);
        } else expect([at, found.map(({ position }) => Number(position))]).toEqual([at, found.map((_, n) => n + 1)]);
      });
    }
    expect(refused).toBeGreaterThan(0);
  }, 120_000);
});
