import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ATTACHMENTS } from './books/attachments/attachment.files.js';
import type { Settings } from './platform/config/settings.js';
import type { Batch, EventStore, StoredEvent } from './platform/event-store/event-store.port.js';
import { logFile } from './platform/event-store/sqlite/database.js';
import { positionNumber } from './platform/event-store/sqlite/encoding.js';
import { openSqliteImport } from './platform/event-store/sqlite/import.js';
import { openSqliteEventStore } from './platform/event-store/sqlite/sqlite-event-store.js';
import type { LogImport } from './platform/event-store/log-import.port.js';
import { leafText } from './platform/proofs/canonical.js';
import { CompactRange, leafHash, sameHash } from './platform/proofs/merkle.js';
import { entryOf } from './platform/proofs/notary.js';
import { openTreeWriter } from './platform/proofs/sqlite/tree-file.js';
import type { TreeWriter } from './platform/proofs/trees.port.js';
import { MASTER_KEY_FILE, VAULT_FILE } from './platform/vault/master-key.js';
import { Progress } from './progress.js';

type LogReader = Pick<EventStore, 'readAll' | 'head'>;

interface MoveTarget extends LogImport {
  readonly reader: LogReader;
  /** What has to be seen to before the log is served from there. */
  readonly next: readonly string[];
  close(): Promise<void>;
}

/** Files of a data folder that are folded from the log and speak of positions in it. */
const DERIVED = ['views.db', 'proofs.db'].flatMap((file) => [file, `${file}-wal`, `${file}-shm`]);
/** What a data folder cannot do without beside its log. The order is that of the line that names them. */
const KEPT: readonly string[] = [VAULT_FILE, MASTER_KEY_FILE, ATTACHMENTS];
const ESDB = /^esdb(\+discover)?:\/\//;

/**
 * `countersign move --to <store>`: the embedded log goes to EventStoreDB, or to another folder, event by event: ids, order,
 * metadata and instants stay, and so do the proofs. What an interrupted move has written is compared, and gone on from. At the
 * end both logs are read again: every event is compared, the tree of each organisation has the same head, and every signed
 * checkpoint fits. The log that was moved is left as it is. Answers lines for people.
 *
 * @throws Error with one sentence; DataFolderInUse while a server runs
 */
export async function move(
  { dataDir, servers }: Pick<Settings, 'dataDir' | 'servers'>,
  to: string,
): Promise<readonly string[]> {
  if (servers.eventStore !== undefined)
    throw new Error('EVENT_STORE_URL is set: what is moved is the embedded log of DATA_DIR, so leave it out');
  if (!existsSync(logFile(dataDir)))
    throw new Error(`There is no log ${logFile(dataDir)} to move (is DATA_DIR right?)`);
  if (!ESDB.test(to) && resolve(to) === resolve(dataDir)) throw new Error('The log is in this folder already');
  const source = await openSqliteEventStore({ folder: dataDir, clock: Date.now });
  try {
    const target = await openTarget(to, dataDir);
    try {
      const total = positionNumber(await source.head());
      const before = await copied(source, target.reader, total);
      await copy(source, target, before, total);
      const { organisations, broken } = await verified(source, target.reader, total);
      if (ESDB.test(to)) for (const file of DERIVED) await rm(join(dataDir, file), { force: true });
      return [
        `moved: ${total} events, ${before.count} of them by an earlier move that was interrupted`,
        `verified: every event is the same, and so is the tree of each of ${organisations} organisations`,
        ...broken.map(
          (id) => `the log of organisation ${id} had been altered before: a signed checkpoint does not fit it`,
        ),
        ...target.next,
        `the log in ${dataDir} was left as it is: serve from it no more, or there will be two histories`,
      ];
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function openTarget(to: string, dataDir: string): Promise<MoveTarget> {
  if (!ESDB.test(to)) {
    const target = await openSqliteImport(to);
    const kept = KEPT.filter((name) => existsSync(join(dataDir, name)));
    const next = [`copy ${kept.join(', ')} of ${dataDir} to ${resolve(to)}, and serve with DATA_DIR=${resolve(to)}`];
    return { ...target, next };
  }
  const { openEventStoreDb } = await import('./platform/event-store/eventstoredb/eventstoredb-event-store.js');
  const store = await openEventStoreDb({ url: to, clock: Date.now });
  return {
    reader: store,
    importEvents: (events) => store.importEvents(events),
    close: () => store.close(),
    next: [
      'serve with EVENT_STORE_URL set to where it went, and the same DATA_DIR: the views are folded anew',
      'views kept in READ_MODEL_URL speak of positions in the old log: drop that database first',
    ],
  };
}

interface Copied {
  readonly count: number;
  /** Position in the source of the last event that is there already. */
  readonly after: string | undefined;
}

/** How much of the source an earlier move has brought over. @throws Error where the target holds anything else */
async function copied(source: LogReader, target: LogReader, total: number): Promise<Copied> {
  const progress = new Progress('comparing what is there already');
  let count = 0;
  let after: string | undefined;
  try {
    const ours = events(source);
    for await (const theirs of events(target)) {
      const { value: our } = await ours.next();
      if (our === undefined || leafText(our) !== leafText(theirs))
        throw new Error(`The store holds another log: its event ${count + 1} is not that of the log to move`);
      after = our.position;
      progress.show(++count, total, 'events');
    }
    await ours.return(undefined);
    return { count, after };
  } finally {
    progress.end();
  }
}

async function copy(source: LogReader, target: LogImport, { count, after }: Copied, total: number): Promise<void> {
  const progress = new Progress('moving');
  let moved = count;
  try {
    progress.show(moved, total, 'events');
    for await (const batch of source.readAll({ after })) {
      await target.importEvents(batch.events);
      progress.show((moved += batch.events.length), total, 'events');
    }
  } finally {
    progress.end();
  }
}

interface Verified {
  readonly organisations: number;
  /** Whose checkpoints do not fit, in either log. */
  readonly broken: readonly string[];
}

/** @throws Error where the two logs are not the same */
async function verified(source: LogReader, target: LogReader, total: number): Promise<Verified> {
  const progress = new Progress('verifying');
  const folder = mkdtempSync(join(tmpdir(), 'countersign-move-'));
  const trees = openTreeWriter(folder);
  try {
    const heads = new Map<string, CompactRange>();
    const digest = createHash('sha256');
    const shown = (done: number): void => progress.show(done, 2 * total, 'events');
    const ours = await fold(source, digest, (batch) => grow(heads, batch), shown);
    const copied = createHash('sha256');
    const theirs = await fold(
      target,
      copied,
      (batch) => plant(trees, batch),
      (done) => shown(ours + done),
    );
    if (ours !== total || theirs !== total || digest.digest('hex') !== copied.digest('hex'))
      throw new Error(`The copy is not the log: it has ${theirs} events of ${ours}, or they differ. Do not use it`);
    for (const [organisation, range] of heads) {
      const head = trees.head(organisation);
      if (head.size !== range.size || !sameHash(head.root, range.root()))
        throw new Error(`The copy has another tree for organisation ${organisation}. Do not use it`);
    }
    return { organisations: heads.size, broken: trees.broken() };
  } finally {
    progress.end();
    trees.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fold(
  log: LogReader,
  digest: ReturnType<typeof createHash>,
  take: (batch: Batch) => void,
  shown: (done: number) => void,
): Promise<number> {
  let count = 0;
  for await (const batch of log.readAll()) {
    // A line each: no canonical form holds a line break.
    for (const event of batch.events) digest.update(`${leafText(event)}\n`);
    take(batch);
    shown((count += batch.events.length));
  }
  return count;
}

function grow(heads: Map<string, CompactRange>, { events: batch }: Batch): void {
  for (const event of batch) {
    const { organisation } = event.metadata;
    if (organisation === undefined) continue;
    const range = heads.get(organisation) ?? CompactRange.empty();
    range.append(leafHash(Buffer.from(leafText(event))));
    heads.set(organisation, range);
  }
}

function plant(trees: TreeWriter, { events: batch, position }: Batch): void {
  trees.append(
    batch.flatMap((event) => entryOf(event) ?? []),
    position,
  );
}

async function* events(log: LogReader): AsyncGenerator<StoredEvent, undefined> {
  for await (const batch of log.readAll()) yield* batch.events;
  return undefined;
}
