import type { EventStore } from '../event-store/event-store.port.js';
import { openReader } from '../event-store/sqlite/sqlite-event-store.js';
import type { Settings } from '../config/settings.js';
import { alone, type Turn, type Turns } from '../projector/turns.js';
import { SqliteRebuildRequests } from '../read-model/sqlite/rebuild-requests.js';
import { SqliteViewWriter } from '../read-model/sqlite/view-writer.js';
import { openSqliteVaultReader } from '../vault/sqlite/sqlite-vault-reader.js';
import { storeMetrics } from '../telemetry/store-metrics.js';
import type { VaultReader } from '../vault/vault.port.js';

/** Where the stores are, and what opens the vault; plain data, which crosses threads. */
export type StorePlaces = Pick<Settings, 'dataDir' | 'servers'> & { readonly masterKey: Uint8Array };

/** What it takes to fold views, opened for a thread of its own. */
export interface Projection {
  readonly reader: Pick<EventStore, 'subscribeToAll' | 'readAll' | 'head'>;
  readonly vault: VaultReader;
  readonly turns: Turns;
  close(): Promise<void>;
}

/** The name of the lease of those who write views. */
const PROJECTOR = 'projector';

/** @throws What the stores throw that cannot be opened */
export async function openProjection({ dataDir, servers, masterKey }: StorePlaces): Promise<Projection> {
  const vault = await openVaultReader(servers.vault, dataDir, masterKey);
  const reader = await openLog(servers.eventStore, dataDir);
  const turns =
    servers.readModel === undefined
      ? alone(new SqliteViewWriter(dataDir), new SqliteRebuildRequests(dataDir))
      : await turnsInMongo(servers.readModel);
  return {
    reader,
    vault,
    turns,
    async close() {
      await turns.close();
      await reader.close();
      await vault.close();
    },
  };
}

async function openVaultReader(url: string | undefined, folder: string, masterKey: Uint8Array): Promise<VaultReader> {
  if (url === undefined) return openSqliteVaultReader({ folder, masterKey });
  const { openMongoVaultReader } = await import('../vault/mongodb/mongo-vault.js');
  return openMongoVaultReader({ url, masterKey });
}

/** The log for a thread that reads it and nothing else. */
export async function openLog(
  url: string | undefined,
  folder: string,
): Promise<Projection['reader'] & { close(): Promise<void> }> {
  if (url === undefined) return openReader(folder);
  const { openEventStoreDbReader } = await import('../event-store/eventstoredb/eventstoredb-event-store.js');
  return openEventStoreDbReader({ url, dropped: () => storeMetrics.reconnected('event-store') });
}

/** Turns of the nodes that share the views of one database, by its lease. */
async function turnsInMongo(url: string): Promise<Turns> {
  const { openMongoLeases } = await import('../read-model/mongodb/leases.js');
  const { openMongoReadModel } = await import('../read-model/mongodb/read-model.js');
  const { MongoRebuildRequests } = await import('../read-model/mongodb/rebuild-requests.js');
  const { openMongoViewWriter } = await import('../read-model/mongodb/view-writer.js');
  const leases = openMongoLeases({ url });
  const shared = await openMongoReadModel({ url, reconnected: () => storeMetrics.reconnected('read-model') });
  const requests = new MongoRebuildRequests({ url });
  return {
    shared,
    requests,
    async take(signal): Promise<Turn> {
      const lease = await leases.acquire(PROJECTOR, signal);
      try {
        const writer = await openMongoViewWriter({ url, lease });
        return {
          writer,
          over: lease.lost,
          async release() {
            await writer.close();
            await lease.release();
          },
        };
      } catch (error) {
        await lease.release();
        throw error;
      }
    },
    async close() {
      await requests.close();
      await shared.close();
      await leases.close();
    },
  };
}
