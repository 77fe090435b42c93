import { masterKeyFor } from '../../src/platform/vault/master-key.js';
import { openSqliteVault } from '../../src/platform/vault/sqlite/sqlite-vault.js';

/** Destroys the key of a data subject in the embedded vault of a server that is stopped, as an erasure does. */
export async function destroyKey(folder: string, organisation: string, subject: string): Promise<void> {
  const { key: masterKey } = await masterKeyFor(folder, undefined);
  const vault = await openSqliteVault({ folder, masterKey });
  await vault.destroySubjectKey(organisation, subject);
  await vault.close();
}
