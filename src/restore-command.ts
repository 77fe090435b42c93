import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BackedUpVault, listed, LOG_FILE, partsOf } from './backup-command.js';
import {
  type Condition,
  conditionOf,
  type NamedAttachment,
  NamedAttachments,
} from './books/attachments/attachment.backup.js';
import { ATTACHMENTS } from './books/attachments/attachment.files.js';
import { catalogues } from './catalogues.js';
import { applyErasures, parseRegister } from './platform/backup/erasures.js';
import { BackupUnusable, type Manifest, readManifest, verifyFiles } from './platform/backup/manifest.js';
import { EventOpening } from './platform/codec/event-opening.js';
import type { Settings } from './platform/config/settings.js';
import { type LogFacts, verifyLog } from './platform/event-store/sqlite/backup.js';
import { logFile } from './platform/event-store/sqlite/database.js';
import { lockFolder } from './platform/event-store/sqlite/lock.js';
import { openReader } from './platform/event-store/sqlite/sqlite-event-store.js';
import { syncFile, syncFolder } from './platform/files.js';
import { MASTER_KEY_FILE, masterKeyFor, VAULT_FILE } from './platform/vault/master-key.js';
import { verifyVault } from './platform/vault/sqlite/backup.js';
import { openSqliteVault } from './platform/vault/sqlite/sqlite-vault.js';
import type { Erasure, Vault } from './platform/vault/vault.port.js';
import { Progress } from './progress.js';

export interface RestoreOptions {
  /** Where the vault's part is, if not beside the log's. */
  readonly vault?: string | undefined;
  /** Newer registers of erasures: `erasures.json` of a later backup, or a `vault.db`. */
  readonly erasures?: readonly string[] | undefined;
}

/** Where a restore works until everything has been looked at; a server reads nothing in it. */
const STAGING = '.restoring';
/** What may be in a data folder that is restored into. */
const HARMLESS: readonly string[] = [MASTER_KEY_FILE, 'lock.db', STAGING];

/**
 * `countersign restore <folder>`: brings log, attachments and vault back into an empty data folder. Nothing stands there until all of it has
 * been verified: checksums, SQLite's structures, a log without gaps, a vault that opens under the master key, erasures
 * done again, each event readable with the vault's keys, and each attachment what the log says it is. One that the backup never
 * had is named, and keeps back nothing else. The views are built anew by the next start. Answers lines for people.
 *
 * @throws BackupUnusable, EventLogUnreadable, VaultUnreadable, MasterKeyRefused, DataFolderInUse: each with one sentence
 */
export async function restore(
  { dataDir, masterKey: given }: Pick<Settings, 'dataDir' | 'masterKey'>,
  folder: string,
  options: RestoreOptions = {},
): Promise<readonly string[]> {
  const parts = partsOf(folder, options.vault);
  const log = await readManifest<LogFacts>(parts.log, 'log');
  const vault = await readManifest<BackedUpVault>(parts.vault, 'vault');
  const registers = await readRegisters(parts.vault, options.erasures ?? []);
  await assertEmpty(dataDir);
  assertKeyAtHand(dataDir, given);
  const lock = await lockFolder(dataDir);
  const staging = join(dataDir, STAGING);
  try {
    const { key } = await masterKeyFor(dataDir, given);
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { mode: 0o700 });
    await bring(parts.log, staging, log);
    await bring(parts.vault, staging, vault);
    assertSame(verifyLog(join(staging, LOG_FILE)), log);
    verifyVault(join(staging, VAULT_FILE));
    const { erased, attachments } = await openAll(staging, key, registers, log.facts.events);
    // In one moment as far as anybody can tell: the lock is ours until all are there.
    if (existsSync(join(staging, ATTACHMENTS))) await rename(join(staging, ATTACHMENTS), join(dataDir, ATTACHMENTS));
    await rename(join(staging, LOG_FILE), logFile(dataDir));
    await rename(join(staging, VAULT_FILE), join(dataDir, VAULT_FILE));
    await syncFolder(dataDir);
    return [
      `log: ${log.facts.events} events, the last of ${log.facts.lastRecordedAt ?? 'never'}; no gap, each can be read`,
      ...linesOn(attachments),
      `vault: as of ${vault.takenAt}; ${erased} newer erasures were done again`,
      ...warningsOf(log, vault),
      `${dataDir} is restored. The next start builds the views: /health/ready tells when they can be read.`,
    ];
  } finally {
    await rm(staging, { recursive: true, force: true });
    lock.release();
  }
}

async function assertEmpty(dataDir: string): Promise<void> {
  const there = await readdir(dataDir).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const inTheWay = there.filter((name) => !HARMLESS.includes(name));
  if (inTheWay.length > 0) {
    throw new Error(
      `The data folder ${dataDir} is not empty (${inTheWay.slice(0, 3).join(', ')}): restore into a new one, nothing is overwritten`,
    );
  }
}

/** A key that is made now would open nothing. */
function assertKeyAtHand(dataDir: string, given: string | undefined): void {
  if (given !== undefined || existsSync(join(dataDir, MASTER_KEY_FILE))) return;
  throw new Error(
    `The vault needs its master key: set MASTER_KEY, or put ${MASTER_KEY_FILE} of the old data folder into ${dataDir} (mode 0600)`,
  );
}

/** Copies the files of a part, and looks at the copies. */
async function bring(from: string, to: string, manifest: Manifest<unknown>): Promise<void> {
  const progress = new Progress(`verifying the ${manifest.kind.replace('countersign-', '')}`);
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let read = 0;
  const folders = new Set<string>();
  try {
    for (const { name } of manifest.files) {
      const copy = join(to, name);
      await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
      for (let folder = dirname(copy); folder !== to; folder = dirname(folder)) folders.add(folder);
      await copyFile(join(from, name), copy).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        throw new BackupUnusable(`${join(from, name)} is missing`);
      });
      await chmod(copy, 0o600);
      await syncFile(copy);
    }
    for (const folder of folders) await syncFolder(folder);
    await verifyFiles(to, manifest, (bytes) => progress.show((read += bytes), total, 'bytes'));
  } finally {
    progress.end();
  }
}

function assertSame(found: LogFacts, { facts }: Manifest<LogFacts>): void {
  if (found.events !== facts.events || found.head !== facts.head)
    throw new BackupUnusable(`The log holds ${found.events} events, its manifest says ${facts.events}`);
}

/** All `erasures*.json` beside the vault, and those that were named. */
async function readRegisters(vault: string, more: readonly string[]): Promise<readonly Erasure[]> {
  const beside = (await readdir(vault))
    .filter((name) => /^erasures.*\.json$/.test(name))
    .map((name) => join(vault, name));
  const registers: Erasure[] = [];
  for (const file of [...beside, ...more]) {
    if (!existsSync(file)) throw new BackupUnusable(`There is no register of erasures ${file}`);
    const isVault = file.endsWith('.db');
    registers.push(...(isVault ? verifyVault(file).erasures : parseRegister(await readFile(file, 'utf8'), file)));
  }
  return registers;
}

interface Attachments {
  readonly whole: number;
  readonly lacking: readonly NamedAttachment[];
  readonly damaged: readonly NamedAttachment[];
}

interface Opened {
  /** How many erasures were newer than the vault. */
  readonly erased: number;
  readonly attachments: Attachments;
}

/** Opens the vault, does erasures again, and opens every event and every attachment. */
async function openAll(
  folder: string,
  masterKey: Uint8Array,
  registers: readonly Erasure[],
  total: number,
): Promise<Opened> {
  let now = 0;
  const vault = await openSqliteVault({ folder, masterKey, now: () => now });
  try {
    const erased = await applyErasures(vault, registers, (at) => (now = at));
    const named = await readEveryEvent(folder, vault, total);
    return { erased, attachments: await readAttachments(join(folder, ATTACHMENTS), vault, named) };
  } finally {
    await vault.close();
  }
}

/** Answers the attachments that the log names. */
async function readEveryEvent(folder: string, vault: Vault, total: number): Promise<readonly NamedAttachment[]> {
  const opening = new EventOpening(vault, catalogues);
  const attachments = new NamedAttachments();
  const reader = openReader(folder);
  const progress = new Progress('reading every event');
  let read = 0;
  try {
    for await (const { events } of reader.readAll()) {
      const opened = await opening.open(events).catch((error: unknown) => {
        throw new BackupUnusable(
          `Not every event can be read: ${(error as Error).message}; is the vault of the same backup, or of a later one?`,
          { cause: error },
        );
      });
      for (const event of opened) attachments.take(event);
      progress.show((read += events.length), total, 'events');
    }
  } finally {
    progress.end();
    await reader.close();
  }
  return attachments.all();
}

async function readAttachments(folder: string, vault: Vault, named: readonly NamedAttachment[]): Promise<Attachments> {
  const found = { whole: [], lacking: [], damaged: [], erased: [] } as Record<Condition, NamedAttachment[]>;
  const progress = new Progress('reading every attachment');
  try {
    for (const [index, one] of named.entries()) {
      found[await conditionOf(folder, vault, one)].push(one);
      progress.show(index + 1, named.length, 'files');
    }
  } finally {
    progress.end();
  }
  return { ...found, whole: found.whole.length };
}

function linesOn({ whole, lacking, damaged }: Attachments): readonly string[] {
  if (lacking.length + damaged.length === 0) return [`attachments: ${whole} files, each as the log says`];
  return [
    `attachments: ${whole} files as the log says, ${lacking.length} lacking, ${damaged.length} damaged before they were backed up`,
    ...listed('lacking', lacking),
    ...listed('damaged', damaged),
  ];
}

function warningsOf(log: Manifest<LogFacts>, vault: Manifest<BackedUpVault>): readonly string[] {
  return vault.takenAt < log.takenAt
    ? [`The vault is older than the log: who chose a password after ${vault.takenAt} must choose one again.`]
    : [];
}
