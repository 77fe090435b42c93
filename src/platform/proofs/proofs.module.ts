import { type DynamicModule, Module } from '@nestjs/common';
import { Checkpoints } from './checkpoints.service.js';
import { NotaryClient } from './notary-client.js';
import { ProofMetrics } from './proof-metrics.js';
import { Witnesses } from './witnesses.service.js';
import type { TreeReader } from './trees.port.js';

/** Injection token of the `TreeReader`. */
export const TREES = Symbol('Trees');

/** What a process opens for proofs, once for all its application instances. */
export interface Proofs {
  readonly notary: NotaryClient;
  readonly trees: TreeReader;
}

@Module({})
export class ProofsModule {
  static of({ notary, trees }: Proofs): DynamicModule {
    return {
      module: ProofsModule,
      global: true,
      providers: [
        { provide: NotaryClient, useValue: notary },
        { provide: TREES, useValue: trees },
        Checkpoints,
        ProofMetrics,
        Witnesses,
      ],
      exports: [NotaryClient, TREES, Checkpoints],
    };
  }
}
