import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { copyAttachment, type NamedAttachment, NamedAttachments } from './books/attachments/attachment.backup.js';
import { ATTACHMENTS, erasedIn } from './books/attachments/attachment.files.js';
import { catalogues } from './catalogues.js';
import { registerText } from './platform/backup/erasures.js';
import { type BackedUpFile, describeFile, writeManifest } from './platform/backup/manifest.js';
import { EventOpening } from './platform/codec/event-opening.js';
import type { Settings } from './platform/config/settings.js';
import { type LogFacts, snapshotLog, verifyLog } from './platform/event-store/sqlite/backup.js';
import { logFile } from './platform/event-store/sqlite/database.js';
import { openReader } from './platform/event-store/sqlite/sqlite-event-store.js';
import { syncFile, syncFolder, writeDurably } from './platform/files.js';
import { VAULT_FILE } from './platform/vault/master-key.js';
import { copyVault } from './platform/vault/sqlite/backup.js';
import type { Erasure } from './platform/vault/vault.port.js';
import { Progress } from './progress.js';
import { version } from './version.js';

/** Names in the folders of a backup. */
export const LOG_FILE = 'events.db';
export const REGISTER_FILE = 'erasures.json';

/** What the manifest of the vault says beside its files. */
export interface BackedUpVault {
  readonly subjects: number;
  readonly erasures: number;
}

/** Where the two parts of a backup are: apart from each other, so that each can be kept elsewhere. */
export function partsOf(folder: string, vault: string | undefined): { readonly log: string; readonly vault: string } {
  return { log: resolve(folder, 'log'), vault: vault === undefined ? resolve(folder, 'vault') : resolve(vault) };
}

/** The command copies embedded stores; what a server keeps, its own tools back up. @throws Error */
export function assertEmbedded(environment: Readonly<Record<string, string | undefined>>): void {
  for (const name of ['EVENT_STORE_URL', 'VAULT_URL']) {
    if ((environment[name] ?? '').trim() !== '')
      throw new Error(
        `${name} is set: back that server up and restore it by its own tools (docs/operations/backup.md)`,
      );
  }
}

/**
 * `countersign backup <folder>`: a consistent copy of log, attachments and vault, while a server works on the data folder or none does.
 * Views are not copied, the log is enough; neither is the master key. Answers lines for people.
 *
 * The vault is copied after the log's snapshot was taken: a key is durable before the first event that needs it, so the
 * copy has the keys of all events in the log's copy. So are attachments, for the same reason: what the log's copy names is
 * copied, sealed as it is, and what it does not name stays behind.
 *
 * @throws Error with one sentence
 */
export async function backup(
  { dataDir }: Pick<Settings, 'dataDir'>,
  folder: string,
  vaultFolder?: string,
): Promise<readonly string[]> {
  const parts = partsOf(folder, vaultFolder);
  for (const file of [logFile(dataDir), join(dataDir, VAULT_FILE)])
    if (!existsSync(file)) throw new Error(`There is nothing to back up: ${file} is missing (is DATA_DIR right?)`);
  for (const part of [parts.log, parts.vault]) {
    if (`${part}${sep}`.startsWith(`${dataDir}${sep}`)) throw new Error('A backup is kept outside of the data folder');
    await makeEmptyFolder(part);
  }
  const about = { backup: randomUUID(), takenAt: new Date().toISOString(), countersign: version };
  const snapshot = snapshotLog(dataDir);
  const progress = new Progress('copying the log');
  let erasures: readonly Erasure[];
  try {
    erasures = await copyTheVault(dataDir, parts.vault, about);
    await makeFile(join(parts.log, LOG_FILE));
    await snapshot.copy(join(parts.log, LOG_FILE), (copied, total) => progress.show(copied, total, 'pages'));
  } finally {
    snapshot.close();
    progress.end();
  }
  const facts: LogFacts = verifyLog(join(parts.log, LOG_FILE));
  await sync(parts.log, LOG_FILE);
  const { files, lacking } = await copyAttachments(dataDir, parts.log, erasures);
  await writeManifest(parts.log, 'log', {
    ...about,
    files: [await describeFile(parts.log, LOG_FILE), ...files],
    facts,
  });
  return [
    `log: ${facts.events} events in ${facts.streams} streams, the last of ${facts.lastRecordedAt ?? 'never'}, in ${parts.log}`,
    `attachments: ${files.length} files, sealed${lacking.length === 0 ? '' : `, ${lacking.length} lacking`}, in ${parts.log}`,
    ...listed('lacking', lacking),
    `vault: in ${parts.vault}; keep it apart from the log`,
    'The master key is not in it: keep MASTER_KEY, or master.key of the data folder, somewhere else. Without it the vault cannot be opened.',
  ];
}

async function copyTheVault(
  dataDir: string,
  folder: string,
  about: { readonly backup: string; readonly takenAt: string; readonly countersign: string },
): Promise<readonly Erasure[]> {
  await makeFile(join(folder, VAULT_FILE));
  const { subjects, erasures } = await copyVault(dataDir, join(folder, VAULT_FILE));
  await sync(folder, VAULT_FILE);
  await writeDurably(join(folder, REGISTER_FILE), registerText(erasures));
  await writeManifest<BackedUpVault>(folder, 'vault', {
    ...about,
    files: [await describeFile(folder, VAULT_FILE), await describeFile(folder, REGISTER_FILE)],
    facts: { subjects, erasures: erasures.length },
  });
  return erasures;
}

/** What the log's copy names and the register does not have, in the order of the log; with what is not there (any more). */
async function copyAttachments(
  dataDir: string,
  part: string,
  erasures: readonly Erasure[],
): Promise<{ readonly files: readonly BackedUpFile[]; readonly lacking: readonly NamedAttachment[] }> {
  const isErased = erasedIn(erasures);
  const named = (await namedIn(part)).filter((one) => !isErased(one));
  const files: BackedUpFile[] = [];
  const lacking: NamedAttachment[] = [];
  const progress = new Progress('copying the attachments');
  try {
    for (const one of named) {
      const copy = await copyAttachment(join(dataDir, ATTACHMENTS), join(part, ATTACHMENTS), one);
      if (copy === undefined) lacking.push(one);
      else files.push(await describeFile(part, join(ATTACHMENTS, copy)));
      progress.show(files.length + lacking.length, named.length, 'files');
    }
  } finally {
    progress.end();
  }
  return { files, lacking };
}

/** Without a key: what a file is called does not matter. */
async function namedIn(folder: string): Promise<readonly NamedAttachment[]> {
  const opening = new EventOpening({ subjectKey: () => Promise.resolve(undefined) }, catalogues);
  const attachments = new NamedAttachments();
  const reader = openReader(folder);
  try {
    for await (const { events } of reader.readAll({ types: NamedAttachments.types }))
      for (const event of events) attachments.take(opening.openWithoutPersonal(event));
  } finally {
    await reader.close();
  }
  return attachments.all();
}

/** As many as people can do something about. */
const MAX_LISTED = 20;

/** A line for each attachment. */
export function listed(what: string, attachments: readonly NamedAttachment[]): readonly string[] {
  const lines = attachments
    .slice(0, MAX_LISTED)
    .map(
      ({ attachmentId, purchaseId, organisation }) =>
        `${what}: ${attachmentId} of purchase ${purchaseId} in organisation ${organisation}`,
    );
  const more = attachments.length - lines.length;
  return more === 0 ? lines : [...lines, `${what}: ${more} more`];
}

async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new Error(`${folder} is not empty: a backup goes into a folder of its own`);
}

/** For its owner only, before SQLite writes it. */
const makeFile = async (file: string): Promise<void> => (await open(file, 'wx', 0o600)).close();

async function sync(folder: string, name: string): Promise<void> {
  await syncFile(join(folder, name));
  await syncFolder(folder);
}
