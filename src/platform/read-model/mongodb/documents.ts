import { type AnyBulkWriteOperation, type Collection, MongoServerError } from 'mongodb';
import type { Declaration } from '../declaration.js';
import { type Value, textsOf, valueOf } from '../values.js';
import { type Connection, duplicatesIn, LONG_CALL_MS } from './connection.js';

/**
 * A document of a view as it is stored. All that changes stands in one embedded document that begins with the position of
 * the last event in it: MongoDB compares embedded documents field by field, so one `$max` on `s` writes the newer state and
 * leaves one that is newer already, in one atomic step and with no filter. Writers of any age and order come to the same
 * end, which is what a leader that was paused and goes on needs.
 *
 * The document itself is its JSON: field names with dots, dollars or NUL, lone surrogates and numbers then come back as
 * they were folded, as with the embedded adapter. Texts beside it are UTF-8 and sort by its bytes (the simple collation).
 */
export interface StoredDocument {
  readonly _id: string;
  readonly s: State;
}

export interface State {
  /** Position of the last event that changed it. */
  readonly p: string;
  /** JSON. A state without it is a tombstone. */
  readonly d?: string;
  /** Indexed values; absent where the document has none. */
  readonly f?: Readonly<Record<string, Value | readonly string[]>>;
  /** When a tombstone was written, milliseconds since 1970. */
  readonly t?: number;
}

const NAMESPACE_NOT_FOUND = 26;
/** Of 16 MiB, what the server and the command around a document need is left free. */
const MAX_BYTES = 16 * 1024 * 1024 - 64 * 1024;

export class DocumentTooLarge extends Error {
  override readonly name = 'DocumentTooLarge';
}

export const path = (field: string): string => `s.f.${field}`;

export const sortFieldsOf = ({ sorts }: Declaration): readonly string[] => [
  ...new Set(Object.values(sorts).map(({ field }) => field)),
];

/**
 * The state of a document.
 *
 * @throws TypeError for a document that does not keep to the declaration, or has no JSON form; DocumentTooLarge
 */
export function stateOf(declaration: Declaration, doc: object, position: string): State {
  const f: Record<string, Value | readonly string[]> = {};
  let bytes = 0;
  for (const [field, type] of Object.entries(declaration.fields)) {
    if (type === 'texts') {
      const texts = textsOf(field, doc);
      if (texts.length > 0) f[field] = texts;
      for (const text of texts) bytes += Buffer.byteLength(text) + 16;
      continue;
    }
    const value = valueOf(declaration, field, doc);
    if (value === null) continue;
    // -0 would sort apart from 0 on some servers, and is 0 in JSON.
    f[field] = value === 0 ? 0 : value;
    bytes += typeof value === 'string' ? Buffer.byteLength(value) : 8;
  }
  for (const field of sortFieldsOf(declaration)) {
    if (!Object.hasOwn(f, field)) throw new TypeError(`A document without ${field}, which a sort needs`);
  }
  const d = JSON.stringify(doc) as string | undefined;
  if (d === undefined) throw new TypeError('A document without a JSON form');
  bytes += Buffer.byteLength(d);
  if (bytes > MAX_BYTES) throw new DocumentTooLarge(`A document of ${bytes} bytes; MongoDB takes ${MAX_BYTES}`);
  return { p: position, d, f };
}

/** One is asked for by equality: FerretDB parses all documents of the collection for a list, were it of one. */
export const withKeys = (keys: readonly string[]): { readonly _id: string | { readonly $in: string[] } } => ({
  _id: keys.length === 1 ? keys[0]! : { $in: [...keys] },
});

/** Documents and tombstones of these keys. */
export async function load(
  connection: Connection,
  documents: Collection<StoredDocument>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, State>> {
  if (keys.length === 0) return new Map();
  const found = await connection.call(
    () => documents.find(withKeys(keys), { projection: { 's.f': 0 }, batchSize: keys.length + 1 }).toArray(),
    LONG_CALL_MS,
  );
  return new Map(found.map(({ _id, s }) => [_id, s]));
}

/** Names of the indexes that are there; none where the collection is not. */
export async function indexNames(documents: Collection<StoredDocument>): Promise<ReadonlySet<string>> {
  try {
    const indexes = await documents.listIndexes().toArray();
    return new Set(indexes.map(({ name }) => String(name)));
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return new Set();
    throw error;
  }
}

export interface Change {
  readonly key: string;
  readonly state: State;
  /** Whether a document or tombstone of the key was there. */
  readonly known: boolean;
}

/**
 * Writes states, newer ones are left. What is new is inserted, which costs a fraction of an update; where somebody else was
 * faster it is updated after all. Acknowledged by the primary alone: the checkpoint that follows waits for the majority,
 * and what comes before it in the oplog is then safe too.
 */
export async function write(
  connection: Connection,
  documents: Collection<StoredDocument>,
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0) return;
  const taken = await connection.call(async () => {
    const operations = changes.map(({ key, state, known }) => (known ? raising(key, state) : inserting(key, state)));
    try {
      await documents.bulkWrite(operations, { ordered: false });
      return [];
    } catch (error) {
      return duplicatesIn(error).map((index) => changes[index]!);
    }
  }, LONG_CALL_MS);
  if (taken.length === 0) return;
  await connection.call(
    () =>
      documents.bulkWrite(
        taken.map(({ key, state }) => raising(key, state)),
        { ordered: false },
      ),
    LONG_CALL_MS,
  );
}

const inserting = (key: string, state: State): AnyBulkWriteOperation<StoredDocument> => ({
  insertOne: { document: { _id: key, s: state } },
});

const raising = (key: string, state: State): AnyBulkWriteOperation<StoredDocument> => ({
  updateOne: { filter: { _id: key }, update: { $max: { s: state } }, upsert: true },
});
