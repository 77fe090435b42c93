import { type DynamicModule, Module } from '@nestjs/common';
import { mkdirSync } from 'node:fs';
import type { Codec } from '../codec/codec.port.js';
import { EventCodec } from '../codec/event-codec.js';
import type { CodedCatalogue } from '../codec/registry.js';
import { type Clock, CLOCK, CODEC, EVENT_STORE, READ_MODEL, VAULT } from '../commands/tokens.js';
import type { Settings } from '../config/settings.js';
import type { EventStore } from '../event-store/event-store.port.js';
import { openSqliteEventStore } from '../event-store/sqlite/sqlite-event-store.js';
import type { ReadModel } from '../read-model/read-model.port.js';
import { SqliteReadModel } from '../read-model/sqlite/read-model.js';
import { masterKeyFor } from '../vault/master-key.js';
import { openSqliteVault } from '../vault/sqlite/sqlite-vault.js';
import type { Vault } from '../vault/vault.port.js';

/** The opened stores of a process. One set may serve several application instances. */
export interface Stores {
  readonly store: EventStore;
  readonly readModel: ReadModel;
  readonly vault: Vault;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly masterKey: Uint8Array;
  /** True where this start made the master key of the data folder. */
  readonly madeMasterKey: boolean;
  close(): Promise<void>;
}

/**
 * Opens the embedded stores in the data folder: the event store first, since its lock keeps other processes away.
 *
 * @throws DataFolderInUse, VaultUnreadable, MasterKeyRefused, StoreUnavailable: each with one sentence for people
 */
export async function openStores(
  { dataDir, masterKey: given }: Pick<Settings, 'dataDir' | 'masterKey'>,
  catalogues: readonly CodedCatalogue[],
  clock: Clock = Date.now,
): Promise<Stores> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.reverse()) await one.close();
  };
  try {
    const store = await openSqliteEventStore({ folder: dataDir, clock });
    opened.push(store);
    const { key: masterKey, made: madeMasterKey } = await masterKeyFor(dataDir, given);
    const vault = await openSqliteVault({ folder: dataDir, masterKey, now: clock });
    opened.push(vault);
    const readModel = new SqliteReadModel(dataDir);
    opened.push(readModel);
    return {
      store,
      vault,
      readModel,
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

/** Hands the opened stores to everything above, behind the tokens of their ports. They outlive the application. */
@Module({})
export class StoresModule {
  static of({ store, readModel, vault, codec, clock }: Stores): DynamicModule {
    const ports: readonly (readonly [symbol, unknown])[] = [
      [EVENT_STORE, store],
      [READ_MODEL, readModel],
      [VAULT, vault],
      [CODEC, codec],
      [CLOCK, clock],
    ];
    return {
      module: StoresModule,
      global: true,
      providers: ports.map(([provide, useValue]) => ({ provide, useValue })),
      exports: ports.map(([token]) => token),
    };
  }
}
