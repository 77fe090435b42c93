import { Binary, type Collection } from 'mongodb';
import { type Connection, duplicatesIn, insertedAlone, isDuplicate } from '../../read-model/mongodb/connection.js';
import { withKeys } from '../../read-model/mongodb/documents.js';
import type { SubjectRow } from '../subject-rows.js';
import type { Erasure } from '../vault.port.js';
import { Batched } from './batched.js';

/** Wrapped content under a name that is its place as JSON: one string, which every server indexes and keeps unique. */
interface Stored {
  readonly _id: string;
  readonly wrapped: Binary;
}
interface StoredSubject extends Stored {
  readonly erased: boolean;
}
interface StoredCredential extends Stored {
  readonly account: string;
}
interface StoredErasure extends Erasure {
  /** 1, 2, 3 ... */
  readonly _id: number;
}

/** On the disks of the majority before it is acknowledged. */
const DURABLE = { writeConcern: { w: 'majority', journal: true } } as const;
/** A node that is about to lose its place as primary does not answer with what was overwritten already. */
const SETTLED = { readConcern: 'majority' } as const;
const ATTEMPTS = 10;

const nameOf = (...place: readonly string[]): string => JSON.stringify(place);

/** The vault's collections. Inserts and whole-document updates by `_id` only; nothing depends on a filter. */
export class Rows {
  private readonly subjects: Collection<StoredSubject>;
  private readonly register: Collection<StoredErasure>;
  private readonly credentials: Collection<StoredCredential>;
  private readonly secrets: Collection<Stored>;
  private readonly reading = new Batched((names: readonly string[]) => this.subjectsOf(names));
  private readonly making = new Batched((rows: readonly StoredSubject[]) => this.insertSubjects(rows));

  constructor(private readonly connection: Connection) {
    const { db } = connection;
    this.subjects = db.collection('vault.subject-keys', SETTLED);
    this.register = db.collection('vault.erasures', SETTLED);
    this.credentials = db.collection('vault.credentials', SETTLED);
    this.secrets = db.collection('vault.secrets', SETTLED);
  }

  async index(): Promise<void> {
    await this.connection.call(() => this.credentials.createIndex({ account: 1 }));
    await this.connection.call(() => this.register.createIndex({ organisation: 1, subject: 1 }));
  }

  async subject(organisation: string, subject: string): Promise<SubjectRow | undefined> {
    return this.reading.get(nameOf(organisation, subject));
  }

  /** The row that is there then, this or an earlier one. */
  async putSubject(organisation: string, subject: string, { erased, wrapped }: SubjectRow): Promise<SubjectRow> {
    await this.making.get({ _id: nameOf(organisation, subject), erased, wrapped: new Binary(wrapped) });
    return there(await this.subject(organisation, subject));
  }

  async eraseSubject(organisation: string, subject: string, { wrapped }: SubjectRow): Promise<void> {
    const _id = nameOf(organisation, subject);
    const $set = { erased: true, wrapped: new Binary(wrapped) };
    // An upsert that meets an insert on its way is refused as a duplicate by some servers; the next one finds it.
    for (let attempt = 1; ; attempt++) {
      const done = await this.connection.call(async () => {
        try {
          await this.subjects.updateOne({ _id }, { $set }, { upsert: true, ...DURABLE });
          return true;
        } catch (error) {
          if (attempt < ATTEMPTS && isDuplicate(error)) return false;
          throw error;
        }
      });
      if (done) return;
    }
  }

  /** Enters an erasure behind the last one, once: numbers are given out by inserting them. */
  async enter(erasure: Erasure): Promise<void> {
    const { organisation, subject } = erasure;
    for (;;) {
      const known = await this.connection.call(() => this.register.findOne({ organisation, subject }));
      if (known !== null) return;
      const _id = (await this.lastErasure()) + 1;
      if (await this.insert(this.register, { _id, ...erasure })) return;
    }
  }

  async erasuresAfter(number: number): Promise<readonly (Erasure & { readonly number: number })[]> {
    const found = await this.connection.call(() =>
      this.register.find({ _id: { $gt: number } }, { sort: { _id: 1 } }).toArray(),
    );
    return found.map(({ _id, organisation, subject, erasedAt }) => ({ number: _id, organisation, subject, erasedAt }));
  }

  async credential(account: string, version: string): Promise<Uint8Array | undefined> {
    const found = await this.connection.call(() => this.credentials.findOne({ _id: nameOf(account, version) }));
    return found === null ? undefined : bytesOf(found);
  }

  /** The one that is there then, this or an earlier one; undefined where it was dropped meanwhile. */
  async putCredential(account: string, version: string, wrapped: Uint8Array): Promise<Uint8Array | undefined> {
    const stored = { _id: nameOf(account, version), account, wrapped: new Binary(wrapped) };
    if (await this.insert(this.credentials, stored)) return wrapped;
    return this.credential(account, version);
  }

  async dropCredential(account: string, version: string): Promise<void> {
    await this.connection.call(() => this.credentials.deleteOne({ _id: nameOf(account, version) }, DURABLE));
  }

  async dropCredentials(account: string): Promise<void> {
    const found = await this.connection.call(() =>
      this.credentials.find({ account }, { projection: { _id: 1 } }).toArray(),
    );
    if (found.length === 0) return;
    const deletes = found.map(({ _id }) => ({ deleteOne: { filter: { _id } } }));
    await this.connection.call(() => this.credentials.bulkWrite(deletes, { ordered: false, ...DURABLE }));
  }

  async secret(name: string): Promise<Uint8Array | undefined> {
    const found = await this.connection.call(() => this.secrets.findOne({ _id: name }));
    return found === null ? undefined : bytesOf(found);
  }

  /** The one that is there then, this or an earlier one. */
  async putSecret(name: string, wrapped: Uint8Array): Promise<Uint8Array> {
    if (await this.insert(this.secrets, { _id: name, wrapped: new Binary(wrapped) })) return wrapped;
    return there(await this.secret(name));
  }

  private async subjectsOf(names: readonly string[]): Promise<readonly (SubjectRow | undefined)[]> {
    const wanted = withKeys([...new Set(names)]);
    const found = await this.connection.call(() =>
      this.subjects.find(wanted, { batchSize: names.length + 1 }).toArray(),
    );
    const rows = new Map(found.map((row) => [row._id, { erased: row.erased, wrapped: bytesOf(row) }]));
    return names.map((name) => rows.get(name));
  }

  /** Leaves those alone that are there. */
  private async insertSubjects(rows: readonly StoredSubject[]): Promise<readonly undefined[]> {
    const inserts = rows.map((document) => ({ insertOne: { document } }));
    await this.connection.call(async () => {
      try {
        await this.subjects.bulkWrite(inserts, { ordered: false, ...DURABLE });
      } catch (error) {
        duplicatesIn(error);
      }
    });
    return rows.map(() => undefined);
  }

  private async lastErasure(): Promise<number> {
    const [last] = await this.connection.call(() =>
      this.register.find({}, { sort: { _id: -1 }, limit: 1, projection: { _id: 1 } }).toArray(),
    );
    return last?._id ?? 0;
  }

  private async insert<T extends { readonly _id: string | number }>(
    collection: Collection<T>,
    stored: Parameters<Collection<T>['insertOne']>[0],
  ): Promise<boolean> {
    return this.connection.call(() => insertedAlone(() => collection.insertOne(stored, DURABLE)));
  }
}

const bytesOf = ({ wrapped }: Stored): Uint8Array => wrapped.value();

function there<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('a row that was just written is missing');
  return found;
}
