import Database from 'better-sqlite3';
import { join } from 'node:path';
import { VAULT_FILE } from '../master-key.js';
import type { Erasure } from '../vault.port.js';
import { openForReading, reading, vaultError } from './database.js';

/** What can be said of a vault without its master key. */
export interface VaultFacts {
  readonly subjects: number;
  /** The register, oldest first: ids and instants, nothing of a person. */
  readonly erasures: readonly Erasure[];
}

/**
 * Copies the vault of a data folder, while another process writes it or none does, into an empty file that is there. In
 * one step: as long as it is read, what an erasure destroys stays in the WAL, and the vault's writer waits for that.
 *
 * Not for the process that has the vault open: see `makePrivateFile`.
 *
 * @throws VaultUnreadable, VaultUnavailable
 */
export async function copyVault(folder: string, to: string): Promise<VaultFacts> {
  const source = reading(() => openForReading(join(folder, VAULT_FILE)));
  try {
    await source.backup(to, { progress: () => Number.MAX_SAFE_INTEGER });
  } catch (error) {
    throw vaultError((error as NodeJS.ErrnoException).code ?? 'ERROR', error);
  } finally {
    source.close();
  }
  const copy = new Database(to, { fileMustExist: true });
  try {
    // A single file, that reading does not change.
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
  return verifyVault(to);
}

/** Looks at SQLite's own structures; whether it opens is for who has the master key. @throws VaultUnreadable, VaultUnavailable */
export function verifyVault(file: string): VaultFacts {
  const db = reading(() => openForReading(file));
  try {
    return reading(() => {
      const [integrity] = db.prepare('PRAGMA integrity_check(1)').pluck().all();
      if (integrity !== 'ok') throw vaultError('SQLITE_CORRUPT', integrity);
      return {
        subjects: db.prepare('SELECT count(*) FROM subject_keys').pluck().get() as number,
        erasures: db
          .prepare<[], Erasure>('SELECT organisation, subject, erased_at AS erasedAt FROM erasures ORDER BY number')
          .all(),
      };
    });
  } finally {
    db.close();
  }
}
