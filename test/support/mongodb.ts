import { MongoClient } from 'mongodb';
import { randomUUID } from 'node:crypto';

/** A database of its own on the server of an URL. */
export interface Database {
  readonly url: string;
  readonly client: MongoClient;
  /** Removes it. */
  readonly dispose: () => Promise<void>;
}

/** Why a suite on MongoDB cannot run here; undefined where it can. `name` is the variable that holds the server's URL. */
export async function mongoMissing(name: 'READ_MODEL_URL' | 'VAULT_URL'): Promise<string | undefined> {
  const url = process.env[name];
  if (url === undefined || url === '') return `no MongoDB: ${name} is not set`;
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 2000 });
  try {
    await client.db('admin').command({ ping: 1 });
    return undefined;
  } catch {
    return `no MongoDB answers at ${name}`;
  } finally {
    await client.close();
  }
}

export async function freshDatabase(name: 'READ_MODEL_URL' | 'VAULT_URL'): Promise<Database> {
  const [, start, query] = /^([^/]+\/\/[^/?]+)[^?]*(\?.*)?$/.exec(process.env[name]!)!;
  const database = `test-${randomUUID()}`;
  const url = `${start}/${database}${query ?? ''}`;
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 2000 });
  return {
    url,
    client,
    dispose: async () => {
      await client.db(database).dropDatabase();
      await client.close();
    },
  };
}
