import { catalogues } from './catalogues.js';
import type { Settings } from './platform/config/settings.js';
import { rotateSigningKey } from './platform/proofs/signing-key.js';
import { openStores } from './platform/stores/stores.module.js';

/**
 * `countersign rotate-signing-key`: introduces the next key. Nodes that share the log take it up by themselves.
 *
 * @throws DataFolderInUse where a server has the embedded log
 */
export async function rotateKey(settings: Settings): Promise<readonly string[]> {
  const stores = await openStores(settings, catalogues);
  try {
    const generation = await rotateSigningKey(stores.store, stores.vault);
    return [
      `signing key ${generation} signs from now on`,
      'the older keys stay listed at GET .../audit/checkpoints, for what they have signed: tell those who keep a key',
    ];
  } finally {
    await stores.close();
  }
}
