/**
 * The whole trail of one organisation taken out of a log of 1,000,000 events, over HTTP, and both ways of verifying: the bundle,
 * and the store that it came from.
 *
 * Baselines: the log read and parsed, the process itself before it began, and sha256 over the same bytes.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { logFile } from '../src/platform/event-store/sqlite/database.js';
import type { Client } from '../test/support/client.js';
import { signIn } from '../test/support/people.js';
import { environmentOf } from '../test/support/stores.js';
import { inFolder } from './bench.js';
import type { Outcome } from './figure.js';
import { historySize, numberText } from './support/history-size.js';
import { type FilledFolder, keptFolder, OWNER } from './support/million-log.js';
import { readLog } from './support/read-log.js';
import { ready, serving, settled } from './support/serving.js';
import { type Watched, watched } from './support/watched.js';

const CLI = fileURLToPath(new URL('../src/cli.js', import.meta.url));
const MOST_MIB = 300;
const MB = 1_000_000;
/** Until the trees hold what the log does, in milliseconds. */
const PATIENCE_MS = 600_000;
/** Of the lines of a bundle, the header and the checkpoint are no events. */
const FRAME = 2;

export async function run(): Promise<Outcome[]> {
  const kept = await keptFolder(historySize());
  return inFolder(async (folder) => {
    const bundle = join(folder, 'bundle.jsonl');
    const { key, exported } = await exportOf(kept, bundle);
    return [
      ...(await exporting(kept, bundle, exported)),
      await verifying('verify the exported bundle', bundle, ['verify', bundle, '--key', key], kept.folder),
      await verifying('verify --store', logFile(kept.folder), ['verify', '--store'], kept.folder),
    ];
  });
}

/** Takes the trail of the organisation that has most of the events out into a file. */
async function exportOf(
  { folder, organisations }: FilledFolder,
  bundle: string,
): Promise<{ readonly key: string; readonly exported: Watched<number> }> {
  const server = await serving({ folder });
  await ready(server);
  await settled(server);
  const owner = await signIn(server, OWNER);
  const audit = `/v1/organisations/${organisations[0]!.id}/audit`;
  // An export of nothing: when it is answered, the trees are there, and what every export uses is warm.
  await begun(owner, `${audit}/export?from=${new Date().toISOString()}&reason=warming%20up`, (answer) => answer.text());
  const key = (await owner.get(`${audit}/checkpoints?limit=1`)).body.keys.at(-1).verifierKey as string;
  const exported = await watched(server.process.pid, () =>
    begun(owner, `${audit}/export?reason=a%20bench`, async ({ body }) => {
      let lines = 0;
      const counting = new Transform({
        transform(chunk: Buffer, _, done) {
          for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
          done(null, chunk);
        },
      });
      await pipeline(body!, counting, createWriteStream(bundle));
      return lines - FRAME;
    }),
  );
  if ((await server.stop()) !== 0) throw new Error('the server did not end well');
  return { key, exported };
}

/** An export as soon as it begins; until then the trees are folded. */
async function begun<T>(reader: Client, path: string, take: (answer: Response) => Promise<T>): Promise<T> {
  const start = performance.now();
  while (performance.now() - start < PATIENCE_MS) {
    const answer = await fetch(`${reader.url}${path}`, { headers: { authorization: `Bearer ${reader.token!}` } });
    if (answer.status === 200) return take(answer);
    if (answer.status !== 503) throw new Error(`${answer.status}: ${await answer.text()}`);
    await answer.text();
    await sleep(200);
  }
  throw new Error('the proofs do not catch up');
}

async function exporting(
  { folder, events }: FilledFolder,
  bundle: string,
  { value, seconds, before, peak }: Watched<number>,
): Promise<Outcome[]> {
  const alone = await readLog(folder);
  const rate = value / seconds;
  const name = `${numberText(events)} events`;
  const told = `${numberText(value)} events of one organisation, ${(statSync(bundle).size / MB).toFixed(0)} MB in ${seconds.toFixed(1)} s`;
  const memory = 'peak memory of the server while it exports';
  return [
    {
      name: `an export of the trail, in a log of ${name}`,
      measured: rate,
      baseline: alone,
      ratio: rate / alone,
      unit: 'events/s',
      note: `${told}; against reading and parsing the log`,
    },
    before === undefined || peak === undefined
      ? { name: memory, skipped: 'the system does not tell' }
      : {
          name: memory,
          measured: peak,
          baseline: before,
          ratio: peak / before,
          unit: 'MiB',
          aim: `at most ${MOST_MIB} MiB`,
          note: 'against itself before; the same export',
        },
  ];
}

/** The command line over a file, in a process of its own. */
async function verifying(name: string, file: string, args: readonly string[], folder: string): Promise<Outcome> {
  const { size } = statSync(file);
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...environmentOf(folder), DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
  const { seconds, peak } = await watched(child.pid, async () => {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
  });
  const hashing = performance.now();
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  hash.digest();
  const alone = size / MB / ((performance.now() - hashing) / 1000);
  const rate = size / MB / seconds;
  return {
    name,
    measured: rate,
    baseline: alone,
    ratio: rate / alone,
    unit: 'MB/s',
    aim: 'ratio at least 0.05',
    note: `${(size / MB).toFixed(0)} MB in ${seconds.toFixed(1)} s, ${peak === undefined ? '' : `at most ${peak.toFixed(0)} MiB of memory, `}with the start of its process; against sha256 over the same bytes`,
  };
}
