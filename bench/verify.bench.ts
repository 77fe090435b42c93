import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { StoredEvent } from '../src/platform/event-store/event-store.port.js';
import { BUNDLE_FORMAT, type BundleLine, verifyBundle } from '../src/platform/proofs/bundle.js';
import { leafText } from '../src/platform/proofs/canonical.js';
import { originOf } from '../src/platform/proofs/checkpoint.js';
import { linesOf } from '../src/platform/proofs/lines.js';
import { CompactRange, inclusionProof, leafHash, verifyInclusion } from '../src/platform/proofs/merkle.js';
import { entryOf, Notary } from '../src/platform/proofs/notary.js';
import { signerOf } from '../src/platform/proofs/note.js';
import { openTreeReader, openTreeWriter } from '../src/platform/proofs/sqlite/tree-file.js';
import type { NewLeaf } from '../src/platform/proofs/trees.port.js';
import { appends, inFolder, median, paired, percentile } from './bench.js';
import type { Figure, Outcome } from './figure.js';

const EVENTS = 50_000;
const LEAVES = 1_000_000;
const ROUNDS = 5;
const PROOFS = 500;
const WARM_UP = 100;
const BATCH = 500;
const SEED = Buffer.alloc(32, 7);

/** Events as the log hands them out. */
function* stored(count: number): Generator<StoredEvent> {
  const next = appends();
  for (let number = 0; number < count; number++) {
    const { stream, expected, event } = next();
    const position = String(number + 1).padStart(16, '0');
    const revision = expected === 'no-stream' ? 0 : expected + 1;
    yield { ...event, stream, revision, position, recordedAt: '2026-03-01T09:00:00.000Z' };
  }
}

const line = (content: BundleLine): string => `${JSON.stringify(content)}\n`;

/** A bundle of whole events; answers the organisation's verifier key. */
async function writeBundle(file: string): Promise<string> {
  const out = createWriteStream(file);
  const range = CompactRange.empty();
  let organisation = '';
  for (const { position: _, ...event } of stored(EVENTS)) {
    const leaf = Buffer.from(leafText(event));
    if (range.size === 0) {
      organisation = event.metadata.organisation!;
      const { verifierKey: publicKey } = signerOf(originOf(organisation), SEED);
      out.write(line({ kind: 'header', format: BUNDLE_FORMAT, organisation, from: null, to: null, publicKey }));
    }
    const { source: _sealed, ...metadata } = event.metadata;
    const shown = { ...event, metadata: { ...metadata, source: { ip: '192.0.2.7', userAgent: 'bench' } } };
    out.write(line({ kind: 'event', index: range.size, leaf: leaf.toString('base64'), event: shown }));
    range.append(leafHash(leaf));
  }
  const signer = signerOf(originOf(organisation), SEED);
  const note = signer.sign({ origin: originOf(organisation), size: range.size, root: range.root() });
  out.end(line({ kind: 'checkpoint', note }));
  await finished(out);
  return signer.verifierKey;
}

/** MB/s of a pass over the file. */
async function rate(file: string, pass: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await pass();
  return statSync(file).size / 1000 / (performance.now() - begun);
}

async function verifying(folder: string): Promise<Figure> {
  const file = join(folder, 'bundle.jsonl');
  const key = await writeBundle(file);
  const plain = async (): Promise<void> => {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
    hash.digest();
  };
  const verify = async (): Promise<void> => {
    const { events } = await verifyBundle(linesOf(file), { keys: [key], personalFields: () => [] });
    if (events !== EVENTS) throw new Error(`verified ${events} events`);
  };
  const rates: { readonly plain: number[]; readonly verified: number[] } = { plain: [], verified: [] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.plain.push(await rate(file, plain));
    rates.verified.push(await rate(file, verify));
  }
  return {
    name: 'verify a bundle',
    ...paired(rates.verified, rates.plain),
    unit: 'MB/s',
    aim: 'ratio at least 0.05',
    note: `${EVENTS} events; baseline: sha256 over the same bytes`,
  };
}

/** A proof out of the file of trees, by an id, as the route makes it. */
function proving(folder: string): Figure {
  const organisation = 'bench';
  const writer = openTreeWriter(folder);
  const range = CompactRange.empty();
  for (let from = 0; from < LEAVES; from += 10_000) {
    const leaves = Array.from({ length: 10_000 }, (_, i): NewLeaf => {
      const eventId = `event ${from + i}`;
      return { organisation, eventId, hash: leafHash(Buffer.from(eventId)) };
    });
    for (const { hash } of leaves) range.append(hash);
    writer.append(leaves, String(from).padStart(16, '0'));
  }
  writer.close();
  const reader = openTreeReader(folder);
  const root = range.root();
  const times: number[] = [];
  const cpu: number[] = [];
  for (let i = -WARM_UP; i < PROOFS; i++) {
    const eventId = `event ${((i + WARM_UP) * 7919 * 131) % LEAVES}`;
    const worked = process.cpuUsage();
    const begun = performance.now();
    const { index } = reader.leafOf(eventId)!;
    const subtrees = reader.subtrees(organisation);
    const proof = inclusionProof(index, LEAVES, subtrees);
    const elapsed = performance.now() - begun;
    const { user, system } = process.cpuUsage(worked);
    if (i >= 0) {
      times.push(elapsed);
      cpu.push((user + system) / 1000);
    }
    if (!verifyInclusion(leafHash(Buffer.from(eventId)), index, LEAVES, proof, root)) throw new Error('no proof');
  }
  reader.close();
  const p99 = percentile(times, 0.99);
  return {
    name: 'inclusion proof, p99',
    measured: p99,
    baseline: 5,
    ratio: p99 / 5,
    unit: 'ms',
    aim: 'at most 5 ms',
    note: `of ${LEAVES} leaves; median ${median(times).toFixed(2)} ms, p99 of its CPU ${percentile(cpu, 0.99).toFixed(2)} ms; baseline: the aim`,
  };
}

/** CPU of a whole notary for an event: canonical form, hashes, file, and a signature for each batch. */
function notarising(folder: string): Figure {
  const trees = openTreeWriter(folder);
  const notary = new Notary(trees, SEED);
  const events = [...stored(EVENTS)];
  const begun = process.cpuUsage();
  for (let from = 0; from < events.length; from += BATCH) {
    const batch = events.slice(from, from + BATCH);
    notary.take({ events: batch, position: batch.at(-1)!.position });
    if (notary.due(from).length !== 1) throw new Error('nothing was signed');
  }
  const { user, system } = process.cpuUsage(begun);
  trees.close();
  const hashing = process.cpuUsage();
  for (const event of events) entryOf(event);
  const alone = process.cpuUsage(hashing);
  const measured = (user + system) / events.length;
  return {
    name: 'CPU of the notary for an event',
    measured,
    baseline: 50,
    ratio: measured / 50,
    unit: 'us',
    aim: 'at most 50 us',
    note: `${((alone.user + alone.system) / events.length).toFixed(1)} us of it canonical form and leaf hash; baseline: the aim`,
  };
}

/** What proofs cost, and what checking them costs. */
export async function run(): Promise<Outcome[]> {
  return [
    await inFolder(verifying),
    await inFolder((folder) => Promise.resolve(proving(folder))),
    await inFolder((folder) => Promise.resolve(notarising(folder))),
  ];
}
