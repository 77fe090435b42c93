import type Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../../files.js';
import { randomBytes } from '../../random.js';
import { VAULT_FILE } from '../master-key.js';
import { RememberedSecrets } from '../remembered-secrets.js';
import { newSubjectRow, openSubjectRow, subjectCacheKey, tombstoneRow, usable } from '../subject-rows.js';
import { CredentialVersionTaken, type Erasure, type SubjectKey, type Vault, VaultUnavailable } from '../vault.port.js';
import { Wrapping } from '../wrapping.js';
import { openForReading, reading } from './database.js';
import { checkMasterKey, KEY_CHECK, Rows } from './rows.js';
import { Writer } from './writer.js';

const SECRET_BYTES = 32;
/** Unwrapped keys kept in memory: about 3 MiB. */
const REMEMBERED_KEYS = 10_000;

export interface SqliteVaultOptions {
  /** The data folder; one process at a time writes to it (the event store's lock sees to that). */
  readonly folder: string;
  /** 32 bytes. */
  readonly masterKey: Uint8Array;
  /** Milliseconds since 1970, for the register of erasures. */
  readonly now?: () => number;
}

/**
 * The vault in `vault.db`. Reads are single rows on the caller's thread, writes commit in groups on a thread of their own.
 *
 * @throws VaultUnreadable for another master key or a damaged file, VaultUnavailable
 */
export async function openSqliteVault(options: SqliteVaultOptions): Promise<Vault> {
  const { folder, masterKey, now = Date.now } = options;
  const wrapping = new Wrapping(masterKey);
  const file = join(folder, VAULT_FILE);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const writer = new Writer(file);
  let db: Database.Database | undefined;
  try {
    await writer.open();
    await syncFolder(folder);
    // Only the first one ever stays: an existing vault keeps its own, which tells whether the key is right.
    await writer.write({
      kind: 'secret',
      name: KEY_CHECK,
      wrapped: wrapping.wrap(['secret', KEY_CHECK], randomBytes(SECRET_BYTES)),
    });
    db = reading(() => openForReading(file));
    const rows = new Rows(db, wrapping);
    checkMasterKey(rows, file);
    return new SqliteVault(db, rows, wrapping, writer, now);
  } catch (error) {
    db?.close();
    await writer.close();
    throw error;
  }
}

class SqliteVault implements Vault {
  readonly #keys = new LRUCache<string, SubjectKey | 'erased'>({ max: REMEMBERED_KEYS });
  /** Keys that are being made, so that everybody who asks meanwhile gets the same. */
  readonly #making = new Map<string, Promise<SubjectKey>>();
  readonly #secrets = new RememberedSecrets((name) => this.#findOrMakeSecret(name));

  constructor(
    private readonly db: Database.Database,
    private readonly rows: Rows,
    private readonly wrapping: Wrapping,
    private readonly writer: Writer,
    private readonly now: () => number,
  ) {}

  async subjectKeyForWriting(organisation: string, subject: string): Promise<SubjectKey> {
    const known = this.#known(organisation, subject);
    if (known !== undefined) return usable(known);
    const name = subjectCacheKey(organisation, subject);
    let making = this.#making.get(name);
    if (making === undefined) {
      making = this.#make(organisation, subject).finally(() => this.#making.delete(name));
      this.#making.set(name, making);
    }
    return making;
  }

  async subjectKey(organisation: string, subject: string): Promise<SubjectKey | 'erased' | undefined> {
    return this.#known(organisation, subject);
  }

  async destroySubjectKey(organisation: string, subject: string): Promise<void> {
    const { wrapped: tombstone } = tombstoneRow(this.wrapping, organisation, subject);
    const erasedAt = new Date(this.now()).toISOString();
    await this.writer.write({ kind: 'erase-subject', organisation, subject, tombstone, erasedAt });
    // Writes answer in order, so no key that was made before comes back into the cache after this.
    this.#keys.set(subjectCacheKey(organisation, subject), 'erased');
  }

  async erasures(): Promise<readonly Erasure[]> {
    return this.rows
      .erasuresAfter(0)
      .map(({ organisation, subject, erasedAt }) => ({ organisation, subject, erasedAt }));
  }

  async putCredential(account: string, version: string, phc: string): Promise<void> {
    const place = ['credential', account, version] as const;
    const written = await this.writer.write({
      kind: 'credential',
      account,
      version,
      wrapped: this.wrapping.wrap(place, Buffer.from(phc)),
    });
    if (this.wrapping.unwrap(place, written.wrapped).toString() === phc) return;
    throw new CredentialVersionTaken('This version of the credential is another one');
  }

  async credential(account: string, version: string): Promise<string | undefined> {
    return this.#read(() => this.rows.credential(account, version))?.toString();
  }

  async dropCredentials(account: string, version?: string): Promise<void> {
    await this.writer.write({ kind: 'drop-credentials', account, version: version ?? null });
  }

  async secret(name: string): Promise<Uint8Array> {
    return this.#secrets.get(name);
  }

  async close(): Promise<void> {
    await this.writer.close(() => this.db.close());
    this.#keys.clear();
    this.#secrets.forget();
  }

  #known(organisation: string, subject: string): SubjectKey | 'erased' | undefined {
    const name = subjectCacheKey(organisation, subject);
    const remembered = this.#keys.get(name);
    if (remembered !== undefined) return remembered;
    const stored = this.#read(() => this.rows.subjectKey(organisation, subject));
    if (stored !== undefined) this.#keys.set(name, stored);
    return stored;
  }

  async #make(organisation: string, subject: string): Promise<SubjectKey> {
    const { wrapped } = newSubjectRow(this.wrapping, organisation, subject);
    const written = await this.writer.write({ kind: 'subject-key', organisation, subject, wrapped });
    const stored = openSubjectRow(this.wrapping, organisation, subject, written);
    this.#keys.set(subjectCacheKey(organisation, subject), stored);
    return usable(stored);
  }

  async #findOrMakeSecret(name: string): Promise<Uint8Array> {
    const found = this.#read(() => this.rows.secret(name));
    if (found !== undefined) return found;
    const place = ['secret', name] as const;
    const { wrapped } = await this.writer.write({
      kind: 'secret',
      name,
      wrapped: this.wrapping.wrap(place, randomBytes(SECRET_BYTES)),
    });
    return this.wrapping.unwrap(place, wrapped);
  }

  #read<T>(read: () => T): T {
    if (!this.db.open) throw new VaultUnavailable('The vault is closed');
    return read();
  }
}
