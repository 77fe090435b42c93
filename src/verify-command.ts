import { readFile } from 'node:fs/promises';
import { catalogues } from './catalogues.js';
import type { CodedType } from './platform/codec/registry.js';
import type { Settings } from './platform/config/settings.js';
import { BundleRejected, type VerifiedBundle, verifyBundle } from './platform/proofs/bundle.js';
import { linesOf } from './platform/proofs/lines.js';
import { NoteRejected, publicKeyIn } from './platform/proofs/note.js';
import { openKnownTrees } from './platform/proofs/sqlite/tree-file.js';
import { type StoreOptions, verifyStore } from './platform/proofs/verify-store.js';
import { openLog } from './platform/stores/projection.js';
import { Progress } from './progress.js';

export interface VerifyOptions {
  /** Verifier keys that the reader got from somewhere else than what is checked. */
  readonly key?: readonly string[];
  /** Path of a file with older signed checkpoints. */
  readonly against?: string;
}

const types = new Map<string, CodedType>(catalogues.flatMap((catalogue) => Object.entries(catalogue)));

/**
 * Checks a bundle without any server. Answers lines that say what was checked.
 *
 * @throws Error that names the first line that is wrong
 */
export async function verifyFile(path: string, { key, against }: VerifyOptions): Promise<readonly string[]> {
  const older = against === undefined ? undefined : await readFile(against, 'utf8');
  try {
    const bundle = await verifyBundle(linesOf(path), {
      keys: key,
      against: older,
      personalFields: (type) => types.get(type)?.personal?.fields ?? [],
    });
    return [...told(path, bundle), toldOfKey(key)];
  } catch (error) {
    if (error instanceof BundleRejected) throw new Error(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

function told(
  path: string,
  { organisation, head, events, hidden, against, beyond }: VerifiedBundle,
): readonly string[] {
  const root = Buffer.from(head.root).toString('base64');
  return [
    `${path}: ${events + hidden} events of organisation ${organisation}, whole and in order up to number ${head.size}`,
    ...(hidden === 0 ? [] : [`${hidden} of them without their content: only their hashes were checked`]),
    `signed checkpoint: ${head.size} events, root ${root}`,
    ...(against.length === 0 ? [] : [`goes on from the older checkpoint over ${against.join(', ')} events`]),
    ...(beyond === 0 ? [] : [`${beyond} of the checkpoints given are over more events than this bundle holds`]),
  ];
}

const toldOfKey = (key: readonly string[] | undefined): string =>
  key === undefined
    ? 'self-consistent only: the key is the one found with it; give the one that you trust with --key'
    : 'signed by the key that you gave';

/**
 * `countersign verify --store`: reads the whole log, while a server goes on or without one.
 *
 * @throws StoreRejected, which names the first event that is wrong
 */
export async function verifyLog(settings: Settings, { key, against }: VerifyOptions): Promise<readonly string[]> {
  const { dataDir, servers } = settings;
  const older = against === undefined ? undefined : await readFile(against, 'utf8');
  const options: StoreOptions = { keys: trusted(key), against: older };
  const known = openKnownTrees(dataDir);
  const log = await openLog(servers.eventStore, dataDir);
  const progress = new Progress('verifying the log');
  try {
    const {
      events,
      organisations,
      checkpoints,
      unsigned,
      against: compared,
    } = await verifyStore(log, {
      ...options,
      known,
      progress: (done) => progress.show(done, 0, 'events'),
    });
    progress.end();
    return [
      `${events} events, ${organisations} organisations: every one of ${checkpoints} checkpoints is over exactly what stands before it`,
      ...(unsigned === 0 ? [] : [`${unsigned} of the newest events have no checkpoint yet`]),
      ...(compared === 0 ? [] : [`goes on from ${compared} checkpoints of a witness`]),
      against === undefined
        ? 'whether its end was cut off, or all of it signed anew, only a witness can tell: --against'
        : 'nothing that the witness has seen is missing',
      toldOfKey(key),
    ];
  } finally {
    progress.end();
    await log.close();
    known?.close();
  }
}

function trusted(keys: readonly string[] | undefined): readonly Uint8Array[] | undefined {
  try {
    return keys?.map(publicKeyIn);
  } catch (error) {
    if (error instanceof NoteRejected) throw new Error(`--key ${error.message}`, { cause: error });
    throw error;
  }
}
