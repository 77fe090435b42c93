import { LRUCache } from 'lru-cache';
import { randomBytes } from '../../random.js';
import { Connection, type MongoOptions } from '../../read-model/mongodb/connection.js';
import { RememberedSecrets } from '../remembered-secrets.js';
import { newSubjectRow, openSubjectRow, subjectCacheKey, tombstoneRow, usable } from '../subject-rows.js';
import {
  CredentialVersionTaken,
  type Erasure,
  type SubjectKey,
  type Vault,
  type VaultReader,
  VaultUnavailable,
  VaultUnreadable,
} from '../vault.port.js';
import { Wrapping } from '../wrapping.js';
import { Latest } from './latest.js';
import { Rows } from './rows.js';

const SECRET_BYTES = 32;
/** Unwrapped keys kept in memory: about 3 MiB. */
const REMEMBERED_KEYS = 10_000;
/** The secret whose opening tells the right master key. */
const KEY_CHECK = 'key-check';

export interface MongoVaultOptions extends MongoOptions {
  /** 32 bytes, the same on every node. */
  readonly masterKey: Uint8Array;
  /** Milliseconds since 1970, for the register of erasures. */
  readonly now?: () => number;
}

/**
 * The vault in MongoDB, for any number of nodes. What an erasure leaves of a wrapped key is in the server's own journals,
 * its oplog and its backups, for as long as those reach back, and there it opens with the master key only.
 *
 * @throws VaultUnreadable for another master key, VaultUnavailable
 */
export async function openMongoVault(options: MongoVaultOptions): Promise<Vault> {
  return opened(options, async (rows, wrapping) => {
    await rows.index();
    const place = ['secret', KEY_CHECK] as const;
    // Only the first one ever stays: an existing vault keeps its own, which tells whether the key is right.
    await rows.putSecret(KEY_CHECK, wrapping.wrap(place, randomBytes(SECRET_BYTES)));
  });
}

/**
 * Subject keys for a thread or tool that only reads.
 *
 * @throws VaultUnreadable for another master key, VaultUnavailable where there is no vault yet
 */
export async function openMongoVaultReader(options: MongoVaultOptions): Promise<VaultReader> {
  return opened(options, async (rows) => {
    if ((await rows.secret(KEY_CHECK)) === undefined) throw new VaultUnavailable('There is no vault yet');
  });
}

async function opened(
  options: MongoVaultOptions,
  begin: (rows: Rows, wrapping: Wrapping) => Promise<void>,
): Promise<MongoVault> {
  const { masterKey, now = Date.now } = options;
  const wrapping = new Wrapping(masterKey);
  const connection = new Connection(options, 'The vault', (message, cause) => new VaultUnavailable(message, { cause }));
  try {
    const rows = new Rows(connection);
    await begin(rows, wrapping);
    await checkMasterKey(rows, wrapping);
    return new MongoVault(connection, rows, wrapping, now);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function checkMasterKey(rows: Rows, wrapping: Wrapping): Promise<void> {
  try {
    wrapping.unwrap(['secret', KEY_CHECK], (await rows.secret(KEY_CHECK)) ?? new Uint8Array());
  } catch (error) {
    if (!(error instanceof VaultUnreadable)) throw error;
    throw new VaultUnreadable('The vault does not open with this master key: give the one that it was made with', {
      cause: error,
    });
  }
}

class MongoVault implements Vault {
  readonly #keys = new LRUCache<string, SubjectKey>({ max: REMEMBERED_KEYS });
  readonly #secrets = new RememberedSecrets((name) => this.#findOrMakeSecret(name));
  /** Number of the last erasure that the memory was cleaned of. */
  #seenErasure = 0;
  /**
   * Another node may have destroyed a key that is remembered here, so the register is asked before every use, once for all
   * who ask meanwhile.
   */
  readonly #register = new Latest(() => this.#forgetErased());

  constructor(
    private readonly connection: Connection,
    private readonly rows: Rows,
    private readonly wrapping: Wrapping,
    private readonly now: () => number,
  ) {}

  async subjectKeyForWriting(organisation: string, subject: string): Promise<SubjectKey> {
    return this.connection.operation(async () => {
      const known = await this.#known(organisation, subject);
      if (known !== undefined) return usable(known);
      const row = newSubjectRow(this.wrapping, organisation, subject);
      const stored = await this.rows.putSubject(organisation, subject, row);
      return usable(openSubjectRow(this.wrapping, organisation, subject, stored));
    });
  }

  async subjectKey(organisation: string, subject: string): Promise<SubjectKey | 'erased' | undefined> {
    return this.connection.operation(() => this.#known(organisation, subject));
  }

  /** Destroyed first, then registered: who sees the entry and reads again finds no key. A repeat does what is missing. */
  async destroySubjectKey(organisation: string, subject: string): Promise<void> {
    await this.connection.operation(async () => {
      await this.rows.eraseSubject(organisation, subject, tombstoneRow(this.wrapping, organisation, subject));
      await this.rows.enter({ organisation, subject, erasedAt: new Date(this.now()).toISOString() });
      this.#keys.delete(subjectCacheKey(organisation, subject));
    });
  }

  /** Two nodes that erased one subject at once may both have entered it. */
  async erasures(): Promise<readonly Erasure[]> {
    const all = await this.connection.operation(() => this.rows.erasuresAfter(0));
    const first = new Map<string, Erasure>();
    for (const { organisation, subject, erasedAt } of all) {
      const name = subjectCacheKey(organisation, subject);
      if (!first.has(name)) first.set(name, { organisation, subject, erasedAt });
    }
    return [...first.values()];
  }

  async putCredential(account: string, version: string, phc: string): Promise<void> {
    const place = ['credential', account, version] as const;
    const wrapped = this.wrapping.wrap(place, Buffer.from(phc));
    const stored = await this.connection.operation(() => this.rows.putCredential(account, version, wrapped));
    if (stored !== undefined && this.wrapping.unwrap(place, stored).toString() === phc) return;
    throw new CredentialVersionTaken('This version of the credential is another one');
  }

  async credential(account: string, version: string): Promise<string | undefined> {
    const stored = await this.connection.operation(() => this.rows.credential(account, version));
    return stored === undefined ? undefined : this.wrapping.unwrap(['credential', account, version], stored).toString();
  }

  async dropCredentials(account: string, version?: string): Promise<void> {
    await this.connection.operation(() =>
      version === undefined ? this.rows.dropCredentials(account) : this.rows.dropCredential(account, version),
    );
  }

  async secret(name: string): Promise<Uint8Array> {
    return this.connection.operation(() => this.#secrets.get(name));
  }

  async close(): Promise<void> {
    await this.connection.close();
    this.#keys.clear();
    this.#secrets.forget();
  }

  async #known(organisation: string, subject: string): Promise<SubjectKey | 'erased' | undefined> {
    const name = subjectCacheKey(organisation, subject);
    await this.#register.get();
    const remembered = this.#keys.get(name);
    if (remembered !== undefined) return remembered;
    const seen = this.#seenErasure;
    const row = await this.rows.subject(organisation, subject);
    if (row === undefined) return undefined;
    const stored = openSubjectRow(this.wrapping, organisation, subject, row);
    // An erasure that was seen while the row was read may be this one's, and would not be seen again.
    if (stored !== 'erased' && seen === this.#seenErasure) this.#keys.set(name, stored);
    return stored;
  }

  async #findOrMakeSecret(name: string): Promise<Uint8Array> {
    const place = ['secret', name] as const;
    const stored =
      (await this.rows.secret(name)) ??
      (await this.rows.putSecret(name, this.wrapping.wrap(place, randomBytes(SECRET_BYTES))));
    return this.wrapping.unwrap(place, stored);
  }

  async #forgetErased(): Promise<void> {
    for (const { number, organisation, subject } of await this.rows.erasuresAfter(this.#seenErasure)) {
      this.#keys.delete(subjectCacheKey(organisation, subject));
      this.#seenErasure = number;
    }
  }
}
