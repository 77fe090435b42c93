import type Database from 'better-sqlite3';
import type { SubjectRow } from '../subject-rows.js';

/** What the writing thread does. All but the erasing ones leave a row alone that is there already. */
export type Write =
  | {
      readonly kind: 'subject-key';
      readonly organisation: string;
      readonly subject: string;
      readonly wrapped: Uint8Array;
    }
  | {
      readonly kind: 'erase-subject';
      readonly organisation: string;
      readonly subject: string;
      readonly tombstone: Uint8Array;
      readonly erasedAt: string;
    }
  | { readonly kind: 'credential'; readonly account: string; readonly version: string; readonly wrapped: Uint8Array }
  | { readonly kind: 'drop-credentials'; readonly account: string; readonly version: string | null }
  | { readonly kind: 'secret'; readonly name: string; readonly wrapped: Uint8Array };

/** The row that is there after a write; `erased` matters for subject keys only. */
export type Written = SubjectRow;

const NOTHING: Written = { erased: false, wrapped: new Uint8Array(0) };

interface Row {
  readonly erased: number;
  readonly wrapped: Uint8Array;
}

/** Statements of the writing connection. */
export class Writes {
  readonly #statements;
  readonly #transaction;
  #toScrub = false;

  constructor(private readonly db: Database.Database) {
    this.#statements = {
      putSubject: db.prepare<[string, string, Uint8Array]>('INSERT OR IGNORE INTO subject_keys VALUES (?, ?, 0, ?)'),
      subject: db.prepare<[string, string], Row>(
        'SELECT erased, wrapped FROM subject_keys WHERE organisation = ? AND subject = ?',
      ),
      // The tombstone is as long as the key, so it takes the key's own bytes; secure_delete sees to the rest.
      eraseSubject: db.prepare<[string, string, Uint8Array]>(
        `INSERT INTO subject_keys VALUES (?, ?, 1, ?)
         ON CONFLICT DO UPDATE SET erased = 1, wrapped = excluded.wrapped WHERE erased = 0`,
      ),
      register: db.prepare<[string, string, string]>(
        'INSERT INTO erasures (organisation, subject, erased_at) VALUES (?, ?, ?)',
      ),
      putCredential: db.prepare<[string, string, Uint8Array]>('INSERT OR IGNORE INTO credentials VALUES (?, ?, ?)'),
      credential: db.prepare<[string, string], Row>(
        'SELECT 0 AS erased, wrapped FROM credentials WHERE account = ? AND version = ?',
      ),
      dropCredentials: db.prepare<[string]>('DELETE FROM credentials WHERE account = ?'),
      dropCredential: db.prepare<[string, string]>('DELETE FROM credentials WHERE account = ? AND version = ?'),
      putSecret: db.prepare<[string, Uint8Array]>('INSERT OR IGNORE INTO secrets VALUES (?, ?)'),
      secret: db.prepare<[string], Row>('SELECT 0 AS erased, wrapped FROM secrets WHERE name = ?'),
    };
    this.#transaction = db.transaction((batch: readonly Write[]) => batch.map((write) => this.#apply(write)));
  }

  /** Applies a batch in one transaction; durable when it returns. Nothing of it is there when it throws, but see SQLITE_IOERR. */
  commit(batch: readonly Write[]): readonly Written[] {
    const written = this.#transaction.immediate(batch);
    this.#toScrub ||= batch.some((write) => write.kind === 'erase-subject' || write.kind === 'drop-credentials');
    if (this.#toScrub) this.#scrub();
    return written;
  }

  /**
   * Old versions of pages, with what was just destroyed, stand in the WAL until it is emptied. A backup that is being read
   * holds that up beyond the busy timeout: the next batch tries again, and so does closing.
   */
  #scrub(): void {
    const [result] = this.db.pragma('wal_checkpoint(TRUNCATE)') as [{ readonly busy: number }];
    this.#toScrub = result.busy !== 0;
  }

  #apply(write: Write): Written {
    const run = this.#statements;
    switch (write.kind) {
      case 'subject-key':
        run.putSubject.run(write.organisation, write.subject, write.wrapped);
        return there(run.subject.get(write.organisation, write.subject));
      case 'erase-subject':
        if (run.eraseSubject.run(write.organisation, write.subject, write.tombstone).changes > 0) {
          run.register.run(write.organisation, write.subject, write.erasedAt);
        }
        return there(run.subject.get(write.organisation, write.subject));
      case 'credential':
        run.putCredential.run(write.account, write.version, write.wrapped);
        return there(run.credential.get(write.account, write.version));
      case 'drop-credentials':
        if (write.version === null) run.dropCredentials.run(write.account);
        else run.dropCredential.run(write.account, write.version);
        return NOTHING;
      case 'secret':
        run.putSecret.run(write.name, write.wrapped);
        return there(run.secret.get(write.name));
    }
  }
}

function there(row: Row | undefined): Written {
  if (row === undefined) throw new Error('a row that was just written is missing');
  return { erased: row.erased === 1, wrapped: Uint8Array.from(row.wrapped) };
}
