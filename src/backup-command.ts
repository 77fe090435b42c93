import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { version } from './main.js';
import { registerText } from './platform/backup/erasures.js';
import { describeFile, writeManifest } from './platform/backup/manifest.js';
import type { Settings } from './platform/config/settings.js';
import { type LogFacts, snapshotLog, verifyLog } from './platform/event-store/sqlite/backup.js';
import { logFile } from './platform/event-store/sqlite/database.js';
import { syncFile, syncFolder, writeDurably } from './platform/files.js';
import { VAULT_FILE } from './platform/vault/master-key.js';
import { copyVault } from './platform/vault/sqlite/backup.js';
import { Progress } from './progress.js';

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
 * `countersign backup <folder>`: a consistent copy of log and vault, while a server works on the data folder or none does.
 * Views are not copied, the log is enough; neither is the master key. Answers lines for people.
 *
 * The vault is copied after the log's snapshot was taken: a key is durable before the first event that needs it, so the
 * copy has the keys of all events in the log's copy.
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
  try {
    await copyTheVault(dataDir, parts.vault, about);
    await makeFile(join(parts.log, LOG_FILE));
    await snapshot.copy(join(parts.log, LOG_FILE), (copied, total) => progress.show(copied, total, 'pages'));
  } finally {
    snapshot.close();
    progress.end();
  }
  const facts: LogFacts = verifyLog(join(parts.log, LOG_FILE));
  await sync(parts.log, LOG_FILE);
  await writeManifest(parts.log, 'log', { ...about, files: [await describeFile(parts.log, LOG_FILE)], facts });
  return [
    `log: ${facts.events} events in ${facts.streams} streams, the last of ${facts.lastRecordedAt ?? 'never'}, in ${parts.log}`,
    `vault: in ${parts.vault}; keep it apart from the log`,
    'The master key is not in it: keep MASTER_KEY, or master.key of the data folder, somewhere else. Without it the vault cannot be opened.',
  ];
}

async function copyTheVault(
  dataDir: string,
  folder: string,
  about: { readonly backup: string; readonly takenAt: string; readonly countersign: string },
): Promise<void> {
  await makeFile(join(folder, VAULT_FILE));
  const { subjects, erasures } = await copyVault(dataDir, join(folder, VAULT_FILE));
  await sync(folder, VAULT_FILE);
  await writeDurably(join(folder, REGISTER_FILE), registerText(erasures));
  await writeManifest<BackedUpVault>(folder, 'vault', {
    ...about,
    files: [await describeFile(folder, VAULT_FILE), await describeFile(folder, REGISTER_FILE)],
    facts: { subjects, erasures: erasures.length },
  });
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
