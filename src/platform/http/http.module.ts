import { Global, Module } from '@nestjs/common';
import { VAULT } from '../commands/tokens.js';
import type { Vault } from '../vault/vault.port.js';
import { EventStreams } from './event-stream.js';
import { Health, OperationsController } from './health.js';
import { Limits } from './limits.js';
import { Seal, SEAL_SECRET } from './seal.js';
import { ViewReader } from './view-reader.js';

/**
 * What the rooms use of the edge: `ViewReader`, `Seal`, `Limits`, `EventStreams`; and `/health`, `/metrics`. Expects VAULT, READ_MODEL, VIEW_GAUGE, SETTINGS and
 * the telemetry to be there for everybody, and HEALTH_PARTS where there are any. `setUpHttp` does the rest.
 */
@Global()
@Module({
  controllers: [OperationsController],
  providers: [
    { provide: Seal, useFactory: async (vault: Vault) => new Seal(await vault.secret(SEAL_SECRET)), inject: [VAULT] },
    ViewReader,
    Limits,
    Health,
    EventStreams,
  ],
  exports: [Seal, ViewReader, Limits, Health, EventStreams],
})
export class HttpModule {}
