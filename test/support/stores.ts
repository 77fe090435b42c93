import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { MongoClient } from 'mongodb';

/**
 * Which stores the servers of end-to-end tests use: embedded ones, or with `E2E_STORES=mongodb` views and vault on the
 * server of READ_MODEL_URL and VAULT_URL, in databases of their own for each data folder.
 */
const onMongo = process.env.E2E_STORES === 'mongodb';

/** Whether all stores are files of the data folder. */
export const embedded = !onMongo;
/** Why stories about the files of a data folder are left out there. */
export const FILES_ONLY = 'this is about the files of embedded stores';
/** Why imports are left out there: the server of the protocol that CI has finds a document by looking at all of them. */
export const tooSlowForImports = 'FerretDB scans a collection for each document, so an import takes hours';

/** What a server or command over this folder inherits: this process's environment, and the URLs of its own databases. */
export function environmentOf(folder: string): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _o, EVENT_STORE_URL: _e, READ_MODEL_URL: _r, VAULT_URL: _v, ...environment } = process.env;
  return onMongo ? { ...environment, ...mongoOf(folder) } : environment;
}

/** Views and vault of a data folder on the servers of MongoDB that this process was given. */
export function mongoOf(folder: string): Readonly<Record<'READ_MODEL_URL' | 'VAULT_URL' | 'MASTER_KEY', string>> {
  const name = basename(folder);
  return {
    READ_MODEL_URL: databaseAt(process.env.READ_MODEL_URL, `${name}-views`),
    VAULT_URL: databaseAt(process.env.VAULT_URL, `${name}-vault`),
    MASTER_KEY: createHash('sha256').update(name).digest('base64'),
  };
}

/** Removes what `mongoOf` names. */
export async function dropMongoOf(folder: string): Promise<void> {
  const { READ_MODEL_URL, VAULT_URL } = mongoOf(folder);
  for (const url of [READ_MODEL_URL, VAULT_URL]) {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 2000 });
    await client.db().dropDatabase();
    await client.close();
  }
}

/** Removes the databases of a folder where there are any. */
export const dropStoresOf = async (folder: string): Promise<void> => {
  if (onMongo) await dropMongoOf(folder);
};

function databaseAt(server: string | undefined, database: string): string {
  const [, start, query = ''] = /^([^/]+\/\/[^/?]+)[^?]*(\?.*)?$/.exec(server ?? '') ?? [];
  if (start === undefined) throw new Error('E2E_STORES=mongodb needs READ_MODEL_URL and VAULT_URL');
  return `${start}/${database}${query}`;
}
