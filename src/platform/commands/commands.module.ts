import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import type { Codec } from '../codec/codec.port.js';
import type { EventStore } from '../event-store/event-store.port.js';
import type { Vault } from '../vault/vault.port.js';
import { Appender } from './appender.js';
import { Consequences } from './consequences.js';
import { EVIDENCE, type Evidence } from './evidence.port.js';
import { FurtherPermission } from './further-permission.js';
import { Idempotency } from './idempotency.js';
import { CommandPipeline } from './pipeline.js';
import { AUTHORISER, type Authoriser } from './principal.js';
import { StateCache } from './state-cache.js';
import { type Clock, CLOCK, CODEC, EVENT_STORE, VAULT } from './tokens.js';
import { PastDocuments } from './past-documents.js';
import { PersonKinds } from '../privacy/person-kinds.js';
import { RecordKinds } from './record-kinds.js';
import { UniqueHandlers } from './unique-handlers.js';

/** The command pipeline for every room. The rooms above provide the authoriser and the evidence. */
@Global()
@Module({
  imports: [CqrsModule.forRoot(), DiscoveryModule],
  providers: [
    UniqueHandlers,
    RecordKinds,
    PersonKinds,
    Consequences,
    PastDocuments,
    FurtherPermission,
    {
      provide: StateCache,
      useFactory: (store: EventStore, codec: Codec) => new StateCache(store, codec),
      inject: [EVENT_STORE, CODEC],
    },
    {
      provide: Appender,
      useFactory: (store: EventStore, codec: Codec, clock: Clock) => new Appender(store, codec, clock),
      inject: [EVENT_STORE, CODEC, CLOCK],
    },
    {
      provide: Idempotency,
      useFactory: async (vault: Vault) => new Idempotency(await vault.secret('idempotency')),
      inject: [VAULT],
    },
    {
      provide: CommandPipeline,
      useFactory: (
        states: StateCache,
        appender: Appender,
        authoriser: Authoriser,
        evidence: Evidence,
        idempotency: Idempotency,
        clock: Clock,
      ) => new CommandPipeline(states, appender, authoriser, evidence, idempotency, clock),
      inject: [StateCache, Appender, AUTHORISER, EVIDENCE, Idempotency, CLOCK],
    },
  ],
  exports: [
    CqrsModule,
    RecordKinds,
    PersonKinds,
    Consequences,
    PastDocuments,
    FurtherPermission,
    StateCache,
    Appender,
    Idempotency,
    CommandPipeline,
  ],
})
export class CommandsModule {}
