import type Database from 'better-sqlite3';
import { openSubjectRow } from '../subject-rows.js';
import { type Erasure, type SubjectKey, VaultUnreadable } from '../vault.port.js';
import type { Place, Wrapping } from '../wrapping.js';
import { reading } from './database.js';

interface Wrapped {
  readonly wrapped: Uint8Array;
}

/** Reads of a connection, unwrapped. All throw VaultUnreadable and VaultUnavailable. */
export class Rows {
  readonly #subject;
  readonly #credential;
  readonly #secret;
  readonly #erasures;

  constructor(
    db: Database.Database,
    private readonly wrapping: Wrapping,
  ) {
    this.#subject = db.prepare<[string, string], Wrapped & { readonly erased: number }>(
      'SELECT erased, wrapped FROM subject_keys WHERE organisation = ? AND subject = ?',
    );
    this.#credential = db.prepare<[string, string], Wrapped>(
      'SELECT wrapped FROM credentials WHERE account = ? AND version = ?',
    );
    this.#secret = db.prepare<[string], Wrapped>('SELECT wrapped FROM secrets WHERE name = ?');
    this.#erasures = db.prepare<[number], Erasure & { readonly number: number }>(
      'SELECT number, organisation, subject, erased_at AS erasedAt FROM erasures WHERE number > ? ORDER BY number',
    );
  }

  subjectKey(organisation: string, subject: string): SubjectKey | 'erased' | undefined {
    const row = reading(() => this.#subject.get(organisation, subject));
    if (row === undefined) return undefined;
    return openSubjectRow(this.wrapping, organisation, subject, { erased: row.erased === 1, wrapped: row.wrapped });
  }

  credential(account: string, version: string): Buffer | undefined {
    return this.#unwrap(
      ['credential', account, version],
      reading(() => this.#credential.get(account, version)),
    );
  }

  secret(name: string): Buffer | undefined {
    return this.#unwrap(
      ['secret', name],
      reading(() => this.#secret.get(name)),
    );
  }

  /** Erasures with a number beyond the given one, in order. */
  erasuresAfter(number: number): readonly (Erasure & { readonly number: number })[] {
    return reading(() => this.#erasures.all(number));
  }

  #unwrap(place: Place, row: Wrapped | undefined): Buffer | undefined {
    return row === undefined ? undefined : this.wrapping.unwrap(place, row.wrapped);
  }
}

/** The secret whose opening tells the right master key. */
export const KEY_CHECK = 'key-check';

/** @throws VaultUnreadable where the vault was made with another master key */
export function checkMasterKey(rows: Rows, file: string): void {
  try {
    if (rows.secret(KEY_CHECK) !== undefined) return;
  } catch (error) {
    if (!(error instanceof VaultUnreadable)) throw error;
    throw new VaultUnreadable(`${file} does not open with this master key: give the one that it was made with`, {
      cause: error,
    });
  }
  throw new VaultUnreadable(`${file} is not a vault that was completely made`);
}
