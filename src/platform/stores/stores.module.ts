import { type DynamicModule, Module } from '@nestjs/common';
import { mkdirSync } from 'node:fs';
import type { Codec } from '../codec/codec.port.js';
import { EventCodec } from '../codec/event-codec.js';
import type { CodedCatalogue } from '../codec/registry.js';
import { type Clock, CLOCK, CODEC, EVENT_STORE, LEASES, READ_MODEL, VAULT } from '../commands/tokens.js';
import type { Settings } from '../config/settings.js';
import type { EventStore } from '../event-store/event-store.port.js';
import { openSqliteEventStore } from '../event-store/sqlite/sqlite-event-store.js';
import type { Leases } from '../read-model/lease.port.js';
import type { ReadModel } from '../read-model/read-model.port.js';
import { SqliteReadModel } from '../read-model/sqlite/read-model.js';
import { type Backend, storeMetrics } from '../telemetry/store-metrics.js';
import { masterKeyFor } from '../vault/master-key.js';
import { openSqliteVault } from '../vault/sqlite/sqlite-vault.js';
import type { Vault } from '../vault/vault.port.js';

/** The opened stores of a process. One set may serve several application instances. */
export interface Stores {
  readonly store: EventStore;
  readonly readModel: ReadModel;
  readonly vault: Vault;
  /** Where several nodes share the views: who of them does what only one may do. */
  readonly leases?: Leases;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly masterKey: Uint8Array;
  /** True where this start made the master key of the data folder. */
  readonly madeMasterKey: boolean;
  close(): Promise<void>;
}

/**
 * Opens the stores: servers where their URLs are given, embedded ones in the data folder otherwise. The event store first,
 * since its lock keeps other processes away.
 *
 * @throws DataFolderInUse, VaultUnreadable, MasterKeyRefused, StoreUnavailable: each with one sentence for people
 */
export async function openStores(
  { dataDir, servers, masterKey: given }: Pick<Settings, 'dataDir' | 'servers' | 'masterKey'>,
  catalogues: readonly CodedCatalogue[],
  clock: Clock = Date.now,
): Promise<Stores> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.reverse()) await one.close();
  };
  try {
    const store = await openEventStore(servers.eventStore, dataDir, clock);
    opened.push(store);
    const { key: masterKey, made: madeMasterKey } = await masterKeyFor(dataDir, given);
    const vault = await openVault(servers.vault, dataDir, masterKey, clock);
    opened.push(vault);
    const { readModel, leases } = await openReadModel(servers.readModel, dataDir);
    opened.push(readModel, ...(leases === undefined ? [] : [leases]));
    return {
      store,
      vault,
      readModel,
      ...(leases === undefined ? {} : { leases }),
      codec: new EventCodec(vault, catalogues),
      clock,
      masterKey,
      madeMasterKey,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

// The drivers of servers are loaded only where they are used: that takes longer than all the rest of a start.

async function openEventStore(url: string | undefined, folder: string, clock: Clock): Promise<EventStore> {
  if (url === undefined) return openSqliteEventStore({ folder, clock });
  const { openEventStoreDb } = await import('../event-store/eventstoredb/eventstoredb-event-store.js');
  return named('EVENT_STORE_URL', openEventStoreDb({ url, clock, dropped: reconnected('event-store') }));
}

async function openVault(url: string | undefined, folder: string, masterKey: Uint8Array, now: Clock): Promise<Vault> {
  if (url === undefined) return openSqliteVault({ folder, masterKey, now });
  const { openMongoVault } = await import('../vault/mongodb/mongo-vault.js');
  return named('VAULT_URL', openMongoVault({ url, masterKey, now, reconnected: reconnected('vault') }));
}

async function openReadModel(url: string | undefined, folder: string): Promise<Pick<Stores, 'readModel' | 'leases'>> {
  if (url === undefined) return { readModel: new SqliteReadModel(folder) };
  const { openMongoReadModel } = await import('../read-model/mongodb/read-model.js');
  const { openMongoLeases } = await import('../read-model/mongodb/leases.js');
  return {
    readModel: await named('READ_MODEL_URL', openMongoReadModel({ url, reconnected: reconnected('read-model') })),
    leases: openMongoLeases({ url }),
  };
}

const reconnected = (backend: Backend) => (): void => storeMetrics.reconnected(backend);

/** Says which setting it was that names a server that cannot be used. */
async function named<T>(variable: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    throw new Error(`${variable}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Hands the opened stores to everything above, behind the tokens of their ports. They outlive the application. */
@Module({})
export class StoresModule {
  static of({ store, readModel, vault, codec, clock, leases }: Stores): DynamicModule {
    const ports: readonly (readonly [symbol, unknown])[] = [
      [EVENT_STORE, store],
      [READ_MODEL, readModel],
      [VAULT, vault],
      [CODEC, codec],
      [CLOCK, clock],
      [LEASES, leases],
    ];
    return {
      module: StoresModule,
      global: true,
      providers: ports.map(([provide, useValue]) => ({ provide, useValue })),
      exports: ports.map(([token]) => token),
    };
  }
}
