import type Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { join } from 'node:path';
import { VAULT_FILE } from '../master-key.js';
import { subjectCacheKey } from '../subject-rows.js';
import { type SubjectKey, type VaultReader, VaultUnavailable } from '../vault.port.js';
import { Wrapping } from '../wrapping.js';
import { openForReading, reading } from './database.js';
import { checkMasterKey, Rows } from './rows.js';

const REMEMBERED_KEYS = 10_000;

/**
 * Subject keys for another thread than the one that writes the vault, as of the last commit: a key that was durable before
 * the call is found, one that was destroyed before the call is `erased`.
 *
 * @throws VaultUnreadable for another master key or a damaged file, VaultUnavailable where there is no vault yet
 */
export async function openSqliteVaultReader(options: {
  readonly folder: string;
  readonly masterKey: Uint8Array;
}): Promise<VaultReader> {
  const file = join(options.folder, VAULT_FILE);
  const db = reading(() => openForReading(file));
  try {
    const rows = reading(() => new Rows(db, new Wrapping(options.masterKey)));
    checkMasterKey(rows, file);
    return new SqliteVaultReader(db, rows);
  } catch (error) {
    db.close();
    throw error;
  }
}

class SqliteVaultReader implements VaultReader {
  readonly #keys = new LRUCache<string, SubjectKey>({ max: REMEMBERED_KEYS });
  readonly #dataVersion;
  #seenVersion: unknown;
  /** Number of the last erasure that the cache was cleaned of. */
  #seenErasure = 0;

  constructor(
    private readonly db: Database.Database,
    private readonly rows: Rows,
  ) {
    this.#dataVersion = db.prepare('PRAGMA data_version').pluck();
  }

  async subjectKey(organisation: string, subject: string): Promise<SubjectKey | 'erased' | undefined> {
    if (!this.db.open) throw new VaultUnavailable('The vault is closed');
    this.#forgetErased();
    const name = subjectCacheKey(organisation, subject);
    const remembered = this.#keys.get(name);
    if (remembered !== undefined) return remembered;
    const stored = this.rows.subjectKey(organisation, subject);
    if (stored !== undefined && stored !== 'erased') this.#keys.set(name, stored);
    return stored;
  }

  async close(): Promise<void> {
    this.db.close();
    this.#keys.clear();
  }

  /**
   * SQLite's data version changes with every commit of another connection (1 microsecond to ask); only then the register
   * is looked at. The version is taken first: an erasure in between is found now, and looked for once more at the next call.
   */
  #forgetErased(): void {
    const version = reading(() => this.#dataVersion.get());
    if (version === this.#seenVersion) return;
    for (const { number, organisation, subject } of this.rows.erasuresAfter(this.#seenErasure)) {
      this.#keys.delete(subjectCacheKey(organisation, subject));
      this.#seenErasure = number;
    }
    this.#seenVersion = version;
  }
}
