import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../src/catalogues.js';
import { views } from '../../src/views.js';
import { found, join as joining, signUp } from '../../test/support/people.js';
import type { Server } from '../../test/support/server.js';
import type { Described, Fill, Filled } from './filling.main.js';
import { PRODUCT } from './load.js';
import { killed, resident, serving, settled } from './serving.js';

export const OWNER = 'owner@bench.example';
/** Before and after: what a process holds is compared with itself when its caches have begun to fill. */
const FIRST_EVENTS = 1000;
const ORGANISATIONS = 4;
const COLLEAGUES = 3;
/** Raised where this file makes folders otherwise than before. */
const FORMAT = 1;
const KEPT_MS = 24 * 60 * 60 * 1000;
/** How the names of kept folders begin. */
const KEPT = 'countersign-history-';
const FILLING = fileURLToPath(new URL('./filling.main.js', import.meta.url));

/** A data folder with a history in it, and views that show all of it. */
export interface FilledFolder {
  readonly folder: string;
  readonly events: number;
  /** The first one has most of the events; the owner of all is OWNER. */
  readonly organisations: readonly Described[];
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** Mebibytes that the process held after the first thousand events and after all; undefined where the system does not tell. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** How long it took until all was in the log, and until the views showed it. */
  readonly secondsToLog: number;
  readonly secondsToViews: number;
}

/**
 * A folder with so many events. It stays below the system's temporary folder for a day, for the next run of the same events,
 * views and tables; what a run adds to it stays there too.
 */
export async function keptFolder(events: number): Promise<FilledFolder> {
  const within = process.env.BENCH_DIR ?? tmpdir();
  const place = join(within, `${KEPT}${events}-${fingerprint()}`);
  const kept = await read(place);
  if (kept !== undefined) return kept;
  await removeOld(within, place);
  const making = await mkdtemp(`${place}-`);
  try {
    const made = await filledFolder(join(making, 'data'), events);
    writeFileSync(join(making, 'made.json'), JSON.stringify(made));
    await rename(making, place);
    return { ...made, folder: join(place, 'data') };
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

/** Gigabytes that nobody would miss: what this is in place of, and what other versions left a day ago. */
async function removeOld(within: string, place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  for (const name of await readdir(within)) {
    if (!name.startsWith(KEPT)) continue;
    const { mtimeMs, uid } = await stat(join(within, name));
    if (uid === process.getuid?.() && Date.now() - mtimeMs > KEPT_MS)
      await rm(join(within, name), { recursive: true, force: true });
  }
}

/** Undefined where there is none, where it is too old, and where it is somebody else's. */
async function read(place: string): Promise<FilledFolder | undefined> {
  const file = join(place, 'made.json');
  if (!existsSync(file) || (await stat(place)).uid !== process.getuid?.()) return undefined;
  const made = JSON.parse(readFileSync(file, 'utf8')) as FilledFolder;
  return Date.now() - made.madeAt < KEPT_MS ? { ...made, folder: join(place, 'data') } : undefined;
}

/** Of what the folder's contents depend on: event types, views, tables, and what makes the history. FORMAT is for the rest. */
function fingerprint(): string {
  const files = [
    './history.js',
    './filling.main.js',
    '../../src/platform/event-store/sqlite/database.js',
    '../../src/platform/read-model/sqlite/database.js',
    '../../src/platform/read-model/sqlite/tables.js',
    '../../src/platform/vault/sqlite/database.js',
  ];
  const hash = createHash('sha256').update(JSON.stringify({ FORMAT, catalogue, views }));
  for (const file of files) hash.update(readFileSync(new URL(file, import.meta.url)));
  return hash.digest('hex').slice(0, 12);
}

/** Fills a new folder through a server of its own, and stops that. */
export async function filledFolder(folder: string, events: number): Promise<FilledFolder> {
  await mkdir(folder, { recursive: true });
  const server = await serving({ folder, script: FILLING });
  try {
    const organisations = await businesses(server);
    const first = await fill(server, { events: Math.min(FIRST_EVENTS, events), organisations });
    await settled(server);
    const before = await resident(server);
    const begun = performance.now();
    const rest = await fill(server, { events: Math.max(0, events - first.events), organisations });
    await settled(server);
    const secondsToViews = (performance.now() - begun) / 1000;
    const after = await resident(server);
    await server.stop();
    return {
      folder,
      events: first.events + rest.events,
      organisations,
      madeAt: Date.now(),
      before,
      after,
      secondsToLog: rest.seconds,
      secondsToViews,
    };
  } finally {
    await killed(server.process);
  }
}

async function businesses(server: Server): Promise<Described[]> {
  const owner = await signUp(server, OWNER);
  const all: Described[] = [];
  for (let n = 0; n < ORGANISATIONS; n++) {
    const id = await found(owner, `Hale & Daughters ${n + 1}`);
    const { body } = await owner.post(`/v1/organisations/${id}/products`, PRODUCT);
    all.push({ id, people: [owner.userId!], product: body.id as string });
  }
  const people = [owner.userId!];
  for (let n = 0; n < COLLEAGUES; n++)
    people.push((await joining(server, owner, all[0]!.id, `colleague${n}@bench.example`)).userId!);
  return [{ ...all[0]!, people }, ...all.slice(1)];
}

async function fill({ process: child }: Server, wanted: Fill): Promise<Filled> {
  const ended = new AbortController();
  child.once('exit', () => ended.abort(new Error('the server that fills the log has ended')));
  child.send(wanted);
  const [filled] = (await once(child, 'message', { signal: ended.signal })) as [Filled];
  return filled;
}
